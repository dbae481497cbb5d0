//! An identity's file under a passphrase (format.md §14).

use super::toml::{Printer, Reader};
use crate::kernel::{
    refusal::Refusal,
    seal::{Protected, Recipient},
    secret::Secret,
};

const FIRST_LINE: &[u8] = b"format = 1\n";

/// Whether a file is a protected identity rather than a plain one of age's.
pub fn is_protected(file: &Secret) -> bool {
    file.expose().starts_with(FIRST_LINE)
}

/// Parses the file; costs out of bounds are refused before any passphrase is asked for.
pub fn parse(file: &Secret) -> Result<Protected, Refusal> {
    let mut reader = Reader::begin("identity", file.expose()).map_err(|_| Refusal::Protected)?;
    let mut read = || {
        let recipient = reader.parsed("recipient", Recipient::parse)?;
        let kdf = reader.text("kdf")?;
        let sealed = reader.base64("sealed")?;
        Ok::<_, Refusal>(Protected { recipient, kdf, sealed })
    };
    let protected = read().map_err(|_| Refusal::Protected)?;
    reader.end(&print(&protected)).map_err(|_| Refusal::Protected)?;
    if protected.is_sound() { Ok(protected) } else { Err(Refusal::Protected) }
}

/// Prints the file.
pub fn print(protected: &Protected) -> String {
    let mut printer = Printer::begin();
    printer.text("recipient", protected.recipient.as_str());
    printer.text("kdf", &protected.kdf);
    printer.base64("sealed", &protected.sealed);
    printer.end()
}
