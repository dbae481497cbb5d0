//! Why somebody was not let in, or not given what was asked for, as facts.

use crate::kernel::{
    model::{Access, Fingerprint, KeyText},
    name::{EnvName, MemberName},
    seal::Recipient,
};

/// Why somebody was not let in, or not given what was asked for.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum TeamFault {
    #[error("`{}` is a key of `{name}`", short(key))]
    KeyTaken { key: KeyText, name: MemberName },
    #[error("`{}` was a key of `{name}`, and is good for nobody any more", short(key))]
    KeyWas { key: KeyText, name: MemberName },
    #[error("nothing that `{name}` brings can sign, and who writes or administers has to")]
    SignsNothing { name: MemberName },
    #[error("`{name}` may {} {} already", verb(*access), environments(envs))]
    Granted { name: MemberName, envs: Vec<EnvName>, access: Access },
    #[error("nobody asks to join as `{name}`")]
    NoRequest { name: MemberName, nearest: Option<MemberName> },
    #[error("somebody else asks to join as `{name}` already")]
    RequestTaken { name: MemberName },
    #[error("the request of `{name}` was changed while it was looked at")]
    RequestChanged { name: MemberName },
    #[error("`{name}` is a member, and the request of that name has other keys")]
    OtherKeys { name: MemberName },
    #[error("`{}` signs nothing, and who asks has to", recipient.short())]
    CannotAsk { recipient: Recipient },
    #[error("the request of `{name}` has another fingerprint: {found}")]
    Fingerprint { name: MemberName, found: Fingerprint },
    #[error("`{name}` asks for no environment")]
    NothingAsked { name: MemberName },
}

fn short(key: &KeyText) -> String {
    Recipient::parse(key.as_str()).map_or_else(String::new, |key| key.short())
}

fn verb(access: Access) -> &'static str {
    if access == Access::Write { "write" } else { "read" }
}

fn environments(envs: &[EnvName]) -> String {
    let names = envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
    format!("{} {names}", if envs.len() == 1 { "environment" } else { "environments" })
}
