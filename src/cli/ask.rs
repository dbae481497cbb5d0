//! Prompts: the port of `unlock` joined to the terminal, and the question of the first use.

use std::rc::Rc;

use crate::{
    kernel::seal::Passphrase,
    ui::Ui,
    unlock::{Ask, Origin, Unasked},
    vault::Introduction,
};

/// Asks on the terminal.
#[derive(Clone)]
pub(super) struct Terminal(pub(super) Rc<Ui>);

impl Ask for Terminal {
    fn passphrase(&self, origin: &Origin) -> Result<Passphrase, Unasked> {
        if !self.0.can_ask() {
            return Err(Unasked::NoTerminal);
        }
        let typed = self.0.hidden(&format!("Passphrase of {origin}"));
        typed.map(Passphrase::new).map_err(|_| Unasked::NotGiven)
    }

    fn plugin_input(&self, prompt: &str, hidden: bool) -> Result<Passphrase, Unasked> {
        if !self.0.can_ask() {
            return Err(Unasked::NoTerminal);
        }
        let prompt = prompt.trim_end_matches([':', ' ']);
        let typed = if hidden { self.0.hidden(prompt) } else { self.0.shown(prompt) };
        typed.map(Passphrase::new).map_err(|_| Unasked::NotGiven)
    }

    fn plugin_confirm(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, Unasked> {
        if !self.0.can_ask() {
            return Err(Unasked::NoTerminal);
        }
        let choice = no.map_or_else(|| format!(" ({yes})"), |no| format!(" (yes: {yes}, no: {no})"));
        self.0.confirm(&format!("{question}{choice}"), true).map_err(|_| Unasked::NotGiven)
    }

    fn plugin_message(&self, text: &str) {
        self.0.note(text);
    }
}

/// Shows a vault that is met for the first time, and asks once.
pub(super) fn first_use(ui: &Ui, introduction: &Introduction) -> bool {
    let members = introduction.members.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let founder =
        introduction.founder.as_ref().map_or("somebody who is no member any more", |name| name.as_str());
    ui.note("this vault is not known here yet");
    ui.status(&format!("  vault     {}", introduction.vault));
    ui.status(&format!("  founder   {founder}"));
    ui.status(&format!("  members   {members}"));
    ui.help("compare the vault with `cargo vault trust --show` of somebody who is in it");
    ui.confirm("Trust it?", false).unwrap_or(false)
}
