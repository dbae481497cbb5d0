//! No dump of this process: it makes itself not dumpable, and core files impossible, before it reads a key.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// The limit on core files as it was, for the child.
#[derive(Clone, Copy, Debug)]
pub struct CoreLimit(Rlimit);

/// Makes this process not dumpable: no core file, and no debugger or `/proc/<pid>/environ` for others of the same user.
pub fn forbid_dumps() -> CoreLimit {
    // Both can fail only where the system has no such thing, and then there is nothing to forbid.
    #[cfg(target_os = "linux")]
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let was = getrlimit(Resource::Core);
    let limit = CoreLimit(was);
    limit.forbid();
    limit
}

impl CoreLimit {
    /// Gives the child the limit that this process was started with.
    pub fn restore(&self) {
        let _ = setrlimit(Resource::Core, self.0);
    }

    /// Forbids core files again, after a child was started.
    pub fn forbid(&self) {
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: self.0.maximum });
    }
}
