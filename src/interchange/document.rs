//! Secrets as a document that a person edits: TOML, read back by [`super::parse`] to the same bytes.

use super::quote;
use crate::kernel::{
    name::{EnvName, SecretName},
    secret::Secret,
};

/// Prints an environment's secrets, with a head that says what can be done.
pub fn document(env: &EnvName, secrets: &[(&SecretName, &Secret)]) -> Secret {
    let mut parts = vec![Secret::new(head(env).into_bytes())];
    for (name, value) in secrets {
        let bare = name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let key = if bare { format!("{name} = ") } else { format!("\"{name}\" = ") };
        parts.push(Secret::new(key.into_bytes()));
        parts.push(quote::toml(value));
        parts.push(Secret::new(b"\n".to_vec()));
    }
    Secret::concat(&parts.iter().collect::<Vec<_>>())
}

fn head(env: &EnvName) -> String {
    format!(
        "# The secrets of `{env}`. What stands here when the editor ends is set: all of it or nothing.\n\
         # Change a value; add a line NAME = \"VALUE\" for a new secret; take a line away to remove one, which is asked again.\n\
         # Values are TOML: \"…\" with escapes, '…' without, '''…''' for several lines, {{ base64 = \"…\" }} for any bytes.\n\
         # Nothing is changed where nothing was, or where the editor ends with an error (`:cq` in vim).\n\n"
    )
}
