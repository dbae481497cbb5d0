//! What to do when somebody was not let in, or not given what was asked for.

use crate::{
    kernel::{
        format::path,
        model::{KeyText, Role},
        name::{EnvName, MemberName},
    },
    ui::{Class, Failure},
    vault::TeamFault,
};

/// Explains why.
pub(super) fn team(error: &TeamFault) -> Failure {
    let (class, code) = class(error);
    let failure = Failure::new(class, code, error.to_string());
    let failure = match error {
        TeamFault::NotOneKey { keys, .. } | TeamFault::LostSigns { signs: keys, .. } => {
            failure.detail("keys", keys.iter().map(KeyText::short).collect::<Vec<_>>().join(", "))
        }
        _ => failure,
    };
    hints(error).into_iter().fold(failure, Failure::help)
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
        TeamFault::NotOneKey { several: false, .. } => (Class::NotFound, "no-such-key"),
        TeamFault::NotOneKey { several: true, .. } => (Class::Usage, "several-keys"),
        TeamFault::LostSigns { .. } => (Class::Usage, "lost-signs"),
        TeamFault::NoKeyLeft { .. } => (Class::Usage, "no-key-left"),
        TeamFault::OwnKey { .. } => (Class::Refused, "own-key"),
        TeamFault::NoMachine { .. } => (Class::Usage, "no-machine"),
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
        _ => key_hints(error),
    }
}

/// What to type where keys are replaced.
fn key_hints(error: &TeamFault) -> Vec<String> {
    match error {
        TeamFault::LostSigns { .. } => vec![
            "`--lost KEY` names that one too; `cargo vault identity show` on a device that stays prints its own"
                .to_owned(),
        ],
        TeamFault::NoKeyLeft { name } => vec![
            format!("`cargo vault member replace {name} RECIPIENT --signs KEY` takes the new ones"),
            format!("`cargo vault member remove {name}` lets `{name}` go"),
        ],
        TeamFault::OwnKey { me } => vec![
            format!("another admin can; or `cargo vault identity enrol --member {me} RECIPIENT KEY` adds the new device"),
            format!("there, `cargo vault member replace {me} --lost KEY` then retires this one"),
        ],
        TeamFault::NoMachine { name } => vec![
            format!("`cargo vault member replace {name} RECIPIENT --signs KEY` takes new keys of a person's"),
        ],
        _ => Vec::new(),
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
