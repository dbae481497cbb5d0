//! Why somebody was not let in, or not given what was asked for, as facts.

use crate::kernel::{
    model::{Access, Fingerprint, KeyForm, KeyText},
    name::{EnvName, MemberName},
    seal::Recipient,
};

/// Why somebody was not let in, or not given what was asked for.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum TeamFault {
    #[error("`{}` is a key of `{name}`", key.short())]
    KeyTaken { key: KeyText, name: MemberName },
    #[error("`{}` was a key of `{name}`, and is good for nobody any more", key.short())]
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
    #[error("{} `{form}`", if *several { format!("more than one key of `{name}` is") } else { format!("`{name}` has no key") })]
    NotOneKey { name: MemberName, form: KeyForm, several: bool, keys: Vec<KeyText> },
    #[error("which key of `{name}` signs beside the lost one is not said")]
    LostSigns { name: MemberName, signs: Vec<KeyText> },
    #[error("`{name}` would have no key left")]
    NoKeyLeft { name: MemberName },
    #[error("the key that signs this would be one of the lost ones of `{me}`")]
    OwnKey { me: MemberName },
    #[error("`{name}` is no machine")]
    NoMachine { name: MemberName },
}

fn verb(access: Access) -> &'static str {
    if access == Access::Write { "write" } else { "read" }
}

fn environments(envs: &[EnvName]) -> String {
    let names = envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
    format!("{} {names}", if envs.len() == 1 { "environment" } else { "environments" })
}
