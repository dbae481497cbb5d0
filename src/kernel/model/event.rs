//! An audit event: who did what to which names, and how it came out; never a value.

use serde::{Serialize, Serializer};

use crate::kernel::{
    name::{EnvName, MemberName, SecretName, VaultId},
    time::Timestamp,
};

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A vault was made.
    Init,
    /// A value was written.
    Set,
    /// A value was read.
    Get,
    /// Names were listed.
    List,
    /// A secret was removed.
    Rm,
    /// Secrets were edited by hand.
    Edit,
    /// A secret was moved to another name or environment.
    Mv,
    /// Secrets were copied.
    Cp,
    /// A secret was set to a value that it had before.
    Rollback,
    /// A secret that two branches changed was signed as git merged it.
    Merge,
    /// Git was told in one clone to merge and show secrets by this program.
    GitInstall,
    /// That was taken back.
    GitUninstall,
    /// A program was given values.
    Run,
    /// Values were put into a text.
    Inject,
    /// An environment was made.
    EnvAdd,
    /// An environment was removed.
    EnvRm,
    /// A member was added.
    MemberAdd,
    /// Somebody asked to join.
    Join,
    /// A request was approved.
    Approve,
    /// A member was granted more.
    MemberGrant,
    /// A member was removed.
    MemberRemove,
    /// Keys of a member were replaced.
    MemberReplace,
    /// A member lost an environment.
    MemberRevoke,
    /// A member was given another role.
    MemberRole,
    /// Environments got a new key.
    Rekey,
    /// Two branches were brought together.
    Resolve,
    /// Secrets that were not in order were written anew.
    Repair,
    /// A vault was trusted.
    Trust,
    /// An identity was made.
    IdentityNew,
    /// An identity was taken in.
    IdentityImport,
    /// An identity was printed, or written to another file.
    IdentityExport,
    /// What stands before an identity was changed.
    IdentityProtect,
    /// An identity was forgotten.
    IdentityForget,
    /// A device of a member was added.
    DeviceAdd,
    /// A vault was verified.
    Verify,
    /// A setting of the user's was changed.
    Config,
    /// A vault was allowed to load into shells.
    Allow,
    /// That was taken back.
    Deny,
    /// Values were loaded into a shell.
    Load,
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused {
        /// The stable code of the refusal, as `Refusal::code` has it.
        code: &'static str,
    },
}

/// What an action is about. Only parsed names stand here, so that a value cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Subject {
    /// A secret.
    Secret(SecretName),
    /// A member.
    Member(MemberName),
}

/// One event. Its fields are printed in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, by the clock of the machine.
    #[serde(serialize_with = "print_time")]
    pub at: Timestamp,
    /// The system's number of the user.
    pub uid: u32,
    /// The system's number of the process.
    pub pid: u32,
    /// The vault, where there is one.
    #[serde(serialize_with = "print_vault")]
    pub vault: Option<VaultId>,
    /// The member whose identity was used, where one was.
    pub actor: Option<MemberName>,
    /// What was done.
    pub action: Action,
    /// The environment that it was done in.
    pub env: Option<EnvName>,
    /// The environment that something was moved or copied to, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<EnvName>,
    /// The secrets or members that it was done to.
    pub names: Vec<Subject>,
    /// How it came out.
    pub outcome: Outcome,
}

fn print_time<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(at.as_str())
}

fn print_vault<S: Serializer>(vault: &Option<VaultId>, serializer: S) -> Result<S::Ok, S::Error> {
    vault.map(|id| id.hex()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::{Action, Event, Outcome, Subject};
    use crate::kernel::{
        name::{EnvName, MemberName, SecretName, VaultId},
        time::Timestamp,
    };

    #[test]
    fn an_event_is_printed_in_the_order_of_its_fields() {
        let event = Event {
            at: Timestamp::parse("2026-11-22T10:00:00Z").unwrap(),
            uid: 1000,
            pid: 42,
            vault: VaultId::parse(&"6f".repeat(32)),
            actor: MemberName::parse("ana").ok(),
            action: Action::MemberAdd,
            env: EnvName::parse("dev").ok(),
            to: None,
            names: vec![
                Subject::Member(MemberName::parse("bob").unwrap()),
                Subject::Secret(SecretName::parse("db/password").unwrap()),
            ],
            outcome: Outcome::Refused { code: "not-writer" },
        };
        let expected = format!(
            r#"{{"at":"2026-11-22T10:00:00Z","uid":1000,"pid":42,"vault":"{}","actor":"ana","action":"member-add","env":"dev","names":["bob","db/password"],"outcome":{{"refused":{{"code":"not-writer"}}}}}}"#,
            "6f".repeat(32)
        );
        assert_eq!(serde_json::to_string(&event).unwrap(), expected);
    }

    #[test]
    fn what_is_absent_is_null() {
        let event = Event {
            at: Timestamp::parse("2026-11-22T10:00:00Z").unwrap(),
            uid: 0,
            pid: 1,
            vault: None,
            actor: None,
            action: Action::IdentityNew,
            env: None,
            to: None,
            names: Vec::new(),
            outcome: Outcome::Done,
        };
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"at":"2026-11-22T10:00:00Z","uid":0,"pid":1,"vault":null,"actor":null,"action":"identity-new","env":null,"names":[],"outcome":"done"}"#
        );
    }
}
