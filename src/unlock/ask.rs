//! The port for prompts, which the command line joins to the terminal.

use super::Origin;
use crate::kernel::seal::Passphrase;

/// Why a prompt gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// There is no terminal.
    NoTerminal,
    /// It was left empty or broken off.
    NotGiven,
}

/// Whoever can be asked. Nobody can unless it says otherwise.
pub trait Ask {
    /// Asks for the passphrase of an identity, hidden.
    fn passphrase(&self, origin: &Origin) -> Result<Passphrase, Unasked>;

    /// Asks what a plugin wants to know, hidden or not.
    fn plugin_input(&self, _prompt: &str, _hidden: bool) -> Result<Passphrase, Unasked> {
        Err(Unasked::NoTerminal)
    }

    /// Asks what a plugin wants confirmed; `no` is the word for the other choice where there is one.
    fn plugin_confirm(&self, _question: &str, _yes: &str, _no: Option<&str>) -> Result<bool, Unasked> {
        Err(Unasked::NoTerminal)
    }

    /// Shows what a plugin says, such as that its key waits for a touch.
    fn plugin_message(&self, _text: &str) {}
}
