//! What to do when somebody was not let in, or not given what was asked for.

use crate::{
    kernel::{
        format::path,
        model::Role,
        name::{EnvName, MemberName},
    },
    ui::{Class, Failure},
    vault::TeamFault,
};

/// Explains why.
pub(super) fn team(error: &TeamFault) -> Failure {
    let (class, code) = class(error);
    hints(error).into_iter().fold(Failure::new(class, code, error.to_string()), Failure::help)
}

fn class(error: &TeamFault) -> (Class, &'static str) {
    match error {
        TeamFault::KeyTaken { .. } => (Class::Conflict, "key-taken"),
        TeamFault::KeyWas { .. } => (Class::Conflict, "key-was"),
        TeamFault::SignsNothing { .. } => (Class::Usage, "signs-nothing"),
        TeamFault::Granted { .. } => (Class::Conflict, "granted"),
        TeamFault::NoRequest { .. } => (Class::NotFound, "no-request"),
        TeamFault::RequestTaken { .. } => (Class::Conflict, "request-taken"),
        TeamFault::RequestChanged { .. } => (Class::Conflict, "request-changed"),
        TeamFault::OtherKeys { .. } => (Class::Tampered, "other-keys"),
        TeamFault::CannotAsk { .. } => (Class::Refused, "cannot-ask"),
        TeamFault::Fingerprint { .. } => (Class::Tampered, "fingerprint"),
        TeamFault::NothingAsked { .. } => (Class::Usage, "nothing-asked"),
    }
}

/// What to type.
fn hints(error: &TeamFault) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match error {
        TeamFault::KeyTaken { .. } => one("`cargo vault member list` shows whose keys are whose"),
        TeamFault::KeyWas { .. } => one("`cargo vault identity new NAME` makes another"),
        TeamFault::SignsNothing { .. } => one(
            "`ssh-ed25519` signs by itself; beside `age1…`, `cargo vault identity show` prints what signs; `ssh-rsa` only reads",
        ),
        TeamFault::Granted { .. } => one("`cargo vault member list` shows who may do what"),
        TeamFault::NoRequest { nearest, .. } => {
            let near = nearest.iter().map(|name| format!("there is a request of `{name}`"));
            near.chain(one("`cargo vault requests` shows them all")).collect()
        }
        TeamFault::RequestTaken { name } => vec![
            "`cargo vault join --name NAME` asks under another name".to_owned(),
            format!("`git log -- .vault/{}` shows who was first", path::request(name)),
        ],
        TeamFault::RequestChanged { .. } => one("`cargo vault requests` shows what is asked for now"),
        TeamFault::OtherKeys { name } => vec![
            format!("`cargo vault identity enrol --help` says how one more device of `{name}` comes in"),
            format!("`git log -- .vault/{}` shows who put it there", path::request(name)),
        ],
        TeamFault::CannotAsk { .. } => vec![
            "`cargo vault identity new` makes one that signs".to_owned(),
            "an admin lets this one read: `cargo vault member add NAME --read`, with the public key"
                .to_owned(),
        ],
        TeamFault::Fingerprint { name, .. } => {
            vec![format!("ask `{name}` for it again, by another way than the repository")]
        }
        TeamFault::NothingAsked { name } => {
            vec![format!("`cargo vault approve {name} -e NAME` says for what")]
        }
    }
}

/// Who can let somebody in, as a person says it.
pub(in crate::cli) fn who(approvers: &[MemberName]) -> String {
    match approvers {
        [] => "an admin".to_owned(),
        names => names.iter().map(MemberName::as_str).collect::<Vec<_>>().join(" or "),
    }
}

/// How somebody who cannot open, or not write, an environment asks for it.
pub(super) fn ask(env: &EnvName, me: Option<&(MemberName, Role)>, approvers: &[MemberName]) -> String {
    let who = who(approvers);
    match me {
        Some((name, Role::Machine)) => {
            format!("`cargo vault member grant {name} -e {env} --read` lets it, typed by {who}")
        }
        _ => {
            let name = me.map_or("NAME", |(name, _)| name.as_str());
            format!("ask with `cargo vault join -e {env}`; {who} then runs `cargo vault approve {name}`")
        }
    }
}
