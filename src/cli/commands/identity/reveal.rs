//! An identity's characters as text: shown once, to the person who asked for them.

use crate::kernel::secret::Secret;

/// The key as text.
pub(in crate::cli::commands) fn text(key: &Secret) -> String {
    String::from_utf8_lossy(key.expose()).into_owned()
}
