//! Makes the base vault and every vector anew: `cargo test --test vectors -- --ignored made_anew`.

mod forge;
mod keys;
mod log;
mod names;
mod places;
mod protected;
mod record_text;
mod records;
mod roster;
mod roster_text;
mod secrets;
mod trust;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

pub(crate) use forge::Forge;

use crate::{
    reader::folder,
    vector::{Node, Vector},
};

/// A vector with the name of its file.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) vector: Vector,
}

/// A vector by its name, what it expects, what is read, and one sentence.
pub(crate) fn case(name: &str, expect: &str, reads: &str, comment: &str) -> Case {
    let headers = [("expect", expect), ("comment", comment), ("reads", reads)];
    let headers = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    Case { name: name.to_owned(), vector: Vector { headers, sections: Vec::new() } }
}

impl Case {
    pub(crate) fn header(mut self, key: &str, value: &str) -> Self {
        self.vector.headers.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn by(self, identity: &str) -> Self {
        self.header("identity", identity)
    }

    /// What the opened value must be.
    pub(crate) fn value(self, value: &[u8]) -> Self {
        self.header("value", &forge::sha256_hex(value))
    }

    pub(crate) fn put(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.lay(path, Node::File(bytes.into()))
    }

    pub(crate) fn lay(mut self, path: &str, node: Node) -> Self {
        self.vector.sections.push((path.to_owned(), node));
        self
    }

    /// A roster and the log that signs it.
    pub(crate) fn signed(self, (roster, log): (String, Vec<u8>)) -> Self {
        self.put("roster.toml", roster).put("roster.log", log)
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder can be made");
    let mut file = File::create(path).expect("the file can be made");
    file.write_all(bytes).expect("the file can be written");
}

/// Writes the base vault and all vectors.
pub(crate) fn everything() {
    let forge = Forge::new();
    for (path, bytes) in &forge.base {
        write(&folder().join("base/vault").join(path), bytes);
    }
    let makers = [
        names::cases,
        places::cases,
        roster::cases,
        roster_text::cases,
        log::cases,
        keys::cases,
        secrets::cases,
        records::cases,
        record_text::cases,
        trust::cases,
        protected::cases,
    ];
    for case in makers.iter().flat_map(|make| make(&forge)) {
        let path = folder().join("cases").join(&case.name);
        assert!(!path.exists(), "two vectors are called {}", case.name);
        write(&path, &case.vector.print());
    }
}
