//! A file that git left unmerged, as its index has it: before the sides parted, and on either side.

use std::path::Path;

use git2::Oid;

use super::{GitError, Repo, read};

impl Repo {
    /// A file's bytes before the sides parted, on the side that is gone on from, and on the one that is brought in, each where it
    /// has the file; none at all where git has merged it, or has no such file.
    pub fn stages(&self, path: &str) -> Result<[Option<Vec<u8>>; 3], GitError> {
        let mut index = self.0.index().map_err(|e| read("the index", e))?;
        // Another program may have written it since it was read.
        index.read(false).map_err(|e| read("the index", e))?;
        let bytes = |id: Oid| match self.0.find_blob(id) {
            Ok(blob) => Ok(blob.content().to_vec()),
            Err(e) => Err(read(path, e)),
        };
        let stage =
            |stage: i32| index.get_path(Path::new(path), stage).map(|entry| bytes(entry.id)).transpose();
        Ok([stage(1)?, stage(2)?, stage(3)?])
    }
}
