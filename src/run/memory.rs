//! Folders that lie in memory, where what is in a file reaches no disk but by way of swap.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The first folder of several that lies in memory and can be written.
pub fn memory_folder(candidates: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    candidates.into_iter().find(|folder| {
        folder.is_absolute()
            && is_in_memory(folder)
            && access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    })
}

/// Whether a file system is `tmpfs` or `ramfs`, by the numbers in Linux's `magic.h`.
#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> bool {
    const MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    // The number has 32 bits, and a sign on some machines.
    rustix::fs::statfs(folder).is_ok_and(|stat| MEMORY.contains(&(stat.f_type as u64 & 0xffff_ffff)))
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn folder_on_a_disk_or_that_is_not_there_is_passed_over() {
        let candidates = ["/proc", "/none", "dev/shm", "/dev/shm"].map(PathBuf::from);
        assert_eq!(memory_folder(candidates.into_iter()), Some(PathBuf::from("/dev/shm")));
    }
}
