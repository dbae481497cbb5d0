//! `requests/<member>.toml`: somebody asks to join, signed by himself (format.md §10).

use super::{
    path,
    toml::{Printer, Reader},
    trailer,
};
use crate::kernel::{
    limits,
    model::Request,
    name::{EnvName, MemberName, VaultId},
    refusal::Refusal,
    seal::{PublicKey, Recipient, SigningKey, pae},
};

/// Parses a request and checks that one of its own keys signed it for this vault.
pub fn parse(vault: &VaultId, place: &str, bytes: &[u8]) -> Result<Request, Refusal> {
    if bytes.len() as u64 > limits::REQUEST {
        return Err(Refusal::TooLarge { path: place.to_owned(), limit: limits::REQUEST });
    }
    let (signed, signature) = trailer::cut(place, bytes)?;
    let request =
        read(place, signed).map_err(|refusal| trailer::conflict(place, bytes).unwrap_or(refusal))?;
    if path::request(&request.member) != place {
        return Err(Refusal::RequestName { path: place.to_owned(), found: request.member.to_string() });
    }
    if !request.has_sound_keys() {
        return Err(Refusal::RequestKeys { path: place.to_owned() });
    }
    let message = message(vault, &request.member, signed);
    if request.recipients.is_empty() || !request.signs.iter().any(|key| key.verify(&message, &signature)) {
        return Err(Refusal::RequestSignature { path: place.to_owned() });
    }
    Ok(request)
}

fn read(place: &str, signed: &[u8]) -> Result<Request, Refusal> {
    let mut reader = Reader::begin(place, signed)?;
    let request = Request {
        member: reader.parsed("member", |text| MemberName::parse(text).ok())?,
        recipients: reader.list("recipients", Recipient::parse)?,
        signs: reader.list("signs", PublicKey::parse)?,
        environments: reader.list("environments", |text| EnvName::parse(text).ok())?,
        at: reader.time("at")?,
    };
    reader.end(&body(&request))?;
    Ok(request)
}

/// Prints and signs a request.
pub fn print(vault: &VaultId, request: &Request, key: &SigningKey) -> Vec<u8> {
    let body = body(request);
    let signature = key.sign(&message(vault, &request.member, body.as_bytes()));
    trailer::join(&body, &signature)
}

fn body(request: &Request) -> String {
    let mut printer = Printer::begin();
    printer.text("member", request.member.as_str());
    printer.list("recipients", request.recipients.iter().map(Recipient::as_str));
    let signs: Vec<String> = request.signs.iter().map(PublicKey::text).collect();
    printer.list("signs", signs.iter().map(String::as_str));
    printer.list("environments", request.environments.iter().map(EnvName::as_str));
    printer.time("at", &request.at);
    printer.end()
}

/// `PAE("cvault/v1/request", vault id, member, bytes)`.
fn message(vault: &VaultId, member: &MemberName, bytes: &[u8]) -> Vec<u8> {
    pae(&[b"cvault/v1/request", vault.as_bytes(), member.as_str().as_bytes(), bytes])
}
