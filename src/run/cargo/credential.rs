//! What cargo asks for a registry's token, by the protocol of its credential providers (the cargo book, "Credential Provider
//! Protocol", version 1).

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read, Write},
    path::Path,
};

use serde::Deserialize;

use super::{
    super::{
        child::{answer_token, send, take},
        dumps::forbid_dumps,
    },
    runner::{CLOSED, introduced},
};
use crate::kernel::secret::Secret;

/// What cargo starts a provider with, whatever is configured.
pub(super) const PLUGIN: &str = "--cargo-plugin";
/// What is configured, in front of the socket's path: cargo hands it over with each request.
pub(super) const PROVIDER: &str = "__cargo-credential";
/// The longest name of a registry that is listened to.
const LONGEST: usize = 256;

/// Tokens, by the names that registries have in variables.
#[derive(Default)]
pub(super) struct Tokens(pub(super) BTreeMap<String, Secret>);

impl Tokens {
    /// Whether there is one for a registry.
    pub(super) fn has(&self, registry: &str) -> bool {
        self.0.contains_key(&variable(registry))
    }

    /// Reads which registry's is asked for, and gives that one, or nothing.
    pub(super) fn hand_over(&self, stream: &mut (impl Read + Write)) -> io::Result<()> {
        let asked = take(stream)?;
        let found = self.0.iter().find(|(name, _)| asked.same_as(&Secret::new(name.as_bytes().to_vec())));
        match found {
            Some((_, token)) if asked.len() <= LONGEST => send(stream, token),
            _ => send(stream, &Secret::new(Vec::new())),
        }
    }
}

/// The variable that has a registry's token.
fn variable(registry: &str) -> String {
    match registry {
        "crates-io" => "CARGO_REGISTRY_TOKEN".to_owned(),
        named => format!("CARGO_REGISTRIES_{}_TOKEN", named.to_uppercase().replace(['-', '.'], "_")),
    }
}

#[derive(Deserialize)]
struct Request {
    kind: String,
    registry: Registry,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
struct Registry {
    name: Option<String>,
}

/// Answers cargo, a line a request, until it asks no more.
pub(super) fn provide() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"{\"v\":[1]}\n")?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let request: Result<Request, _> = serde_json::from_str(&line?);
        let refusal = match request {
            Ok(request) if request.kind == "get" => {
                let token = token(&request).ok();
                match token.filter(|token| !token.is_empty()) {
                    Some(token) => {
                        answer_token(&mut out, &token)?;
                        continue;
                    }
                    None => "not-found",
                }
            }
            _ => "operation-not-supported",
        };
        writeln!(out, "{{\"Err\":{{\"kind\":\"{refusal}\"}}}}")?;
        out.flush()?;
    }
    Ok(())
}

fn token(request: &Request) -> io::Result<Secret> {
    let [word, socket] = &request.args[..] else { return Err(io::Error::other("not as we were configured")) };
    if word != PROVIDER {
        return Err(io::Error::other("not as we were configured"));
    }
    let mut stream = introduced(Path::new(socket))?;
    let _ = forbid_dumps();
    stream.write_all(&[CLOSED])?;
    let name = variable(request.registry.name.as_deref().unwrap_or_default());
    send(&mut stream, &Secret::new(name.into_bytes()))?;
    take(&mut stream)
}
