//! What `member remove`, `member replace` and `member revoke` have in common: the question before, and the truth after.

use serde_json::{Value, json};

use super::super::super::ctx::{Ctx, usage};
use crate::{
    kernel::name::{EnvName, MemberName},
    ui::{Class, Failure, Page, Report},
    vault::{Exposed, Renewed},
};

/// How many exposed values the answer names before it counts the others.
const NAMED: usize = 10;

/// Asks whether to go on; away from a terminal, `--yes` has to say so.
pub(in crate::cli::commands) fn confirm(ctx: &Ctx, what: &str, typed: &str) -> Result<(), Failure> {
    if ctx.yes {
        return Ok(());
    }
    if !ctx.ui.can_ask() {
        return Err(usage("not-confirmed", format!("to {what} has to be asked twice"))
            .help(format!("`{typed} --yes` does it")));
    }
    let question = what[..1].to_uppercase() + &what[1..];
    match ctx.ui.confirm(&format!("{question}?"), false)? {
        true => Ok(()),
        false => Err(Failure::new(Class::Refused, "not-confirmed", "nothing was changed")),
    }
}

/// Names between backticks.
pub(super) fn listed<'a>(envs: impl IntoIterator<Item = &'a EnvName>) -> String {
    envs.into_iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ")
}

/// What was taken from whom.
pub(super) struct Done {
    /// Who lost it.
    pub(super) name: MemberName,
    /// What was done, as the first line says it.
    pub(super) line: String,
    /// Who reads on, as a person says it.
    pub(super) reader: String,
    /// The word for a program.
    pub(super) word: &'static str,
    /// What has a new key.
    pub(super) renewed: Vec<Renewed>,
    /// What he can read on.
    pub(super) exposed: Vec<Exposed>,
    /// Machines whose keys carry an anchor from before.
    pub(super) machines: Vec<MemberName>,
}

impl Done {
    /// What to do next, which no key can do.
    pub(super) fn advise(&self, ctx: &Ctx) {
        let name = &self.name;
        if !self.exposed.is_empty() {
            ctx.ui.help(&format!("`cargo vault exposed --to {name}` lists them until each has a new value"));
        }
        if self.word == "removed" {
            ctx.ui
                .help(&format!("take `{name}` out of the git host too: who can pull, still reads what was"));
        }
        older_anchors(ctx, &self.machines);
        ctx.ui.help("commit and push `.vault`: it holds for others from then on");
    }
}

/// Names the machines whose keys carry an anchor from before, and what gives each a newer one.
pub(super) fn older_anchors(ctx: &Ctx, machines: &[MemberName]) {
    for machine in machines {
        ctx.ui.help(&format!(
            "the key of `{machine}` carries an older anchor: `cargo vault ci setup --again --name {machine}` makes one that knows of this"
        ));
    }
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        page.line(&self.line);
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let renewed = |Renewed { env, epoch, secrets }: &Renewed| {
            (env.to_string(), format!("epoch {epoch}, {secrets} secret{} sealed anew", plural(*secrets)))
        };
        page.pairs(&self.renewed.iter().map(renewed).collect::<Vec<_>>());
        let many = self.exposed.len();
        if many == 0 {
            return;
        }
        page.gap();
        page.line(format!("Git still lets {} read {many} value{} in use:", self.reader, plural(many)));
        page.gap();
        for exposed in self.exposed.iter().take(NAMED) {
            page.line(format!("    {}/{}", exposed.env, exposed.name));
        }
        if many > NAMED {
            page.line(format!("    and {} more", many - NAMED));
        }
    }

    fn json(&self) -> Value {
        let renewed = self.renewed.iter().map(renewed);
        let exposed = self
            .exposed
            .iter()
            .map(|exposed| json!({ "env": exposed.env, "name": exposed.name, "version": exposed.number }));
        json!({
            "member": self.name,
            "done": self.word,
            "renewed": renewed.collect::<Vec<_>>(),
            "exposed": exposed.collect::<Vec<_>>(),
            "machines": self.machines,
        })
    }
}

/// A new epoch, for a program.
pub(in crate::cli::commands) fn renewed(renewed: &Renewed) -> Value {
    json!({ "env": renewed.env, "epoch": renewed.epoch, "secrets": renewed.secrets })
}
