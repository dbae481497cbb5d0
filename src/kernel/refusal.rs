//! Everything that a reader refuses, as facts: one variant for each rule of format.md, with a stable code that the
//! vectors name.

use super::{
    name::{EnvName, MemberName, SecretName, VaultId},
    seal::PluginFault,
    time::Timestamp,
};

/// The rule that a name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// No character at all.
    #[error("it is empty")]
    Empty,
    /// Over 200 bytes, 8 segments, 64 bytes a segment, or 32 bytes of a member or environment.
    #[error("it is too long")]
    TooLong,
    /// Two slashes in a row, or one at an end.
    #[error("a part between slashes is empty")]
    EmptySegment,
    /// A character outside letters, digits and `_-.+=@`.
    #[error("only letters, digits and `_` `-` `.` `+` `=` `@` may stand in it, with `/` between parts")]
    Character,
    /// A part that begins with `.` or `-`, or ends with `.`.
    #[error("a part may not begin with `.` or `-`, nor end with `.`")]
    Edge,
    /// A part that ends with `.toml`.
    #[error("a part may not end with `.toml`")]
    Toml,
    /// A device name of Windows.
    #[error("Windows keeps this name for a device")]
    Device,
    /// A character outside lower-case letters, digits and `-` in an environment or member.
    #[error("only lower-case letters, digits and `-` may stand in it")]
    Label,
    /// An environment or member that begins with a digit or `-`.
    #[error("it must begin with a letter")]
    LabelStart,
    /// An environment that the agent's paths begin with.
    #[error("the agent's paths begin with this name")]
    Reserved,
}

/// The rule that a roster breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterFault {
    /// Nobody may change the roster.
    #[error("it has no admin")]
    NoAdmin,
    /// Nobody may write an environment.
    #[error("environment `{0}` has no writer")]
    NoWriter(EnvName),
    /// One key at two members, or at a member and somebody who left.
    #[error("`{0}` and `{1}` have one key")]
    SharedKey(MemberName, MemberName),
    /// An environment that names somebody who is no member.
    #[error("environment `{0}` names `{1}`, who is no member")]
    NoMember(EnvName, MemberName),
    /// A member listed both as a writer and as a reader.
    #[error("environment `{0}` lists `{1}` twice")]
    ListedTwice(EnvName, MemberName),
    /// An admin or a writer without a signing key.
    #[error("`{0}` may write, but has no signing key")]
    CannotSign(MemberName),
    /// A member without a recipient.
    #[error("`{0}` has no recipient")]
    NoRecipient(MemberName),
    /// A recipient that no age client could encrypt to.
    #[error("`{1}` of `{0}` is no age recipient")]
    Recipient(MemberName, String),
    /// A signing key that is not canonical or has a small order.
    #[error("a signing key of `{0}` is no sound Ed25519 key")]
    SigningKey(MemberName),
    /// A role outside the three.
    #[error("`{0}` is no role")]
    Role(String),
    /// An environment that extends one that does not exist.
    #[error("environment `{0}` extends `{1}`, which does not exist")]
    Extends(EnvName, EnvName),
    /// Environments that extend each other in a circle.
    #[error("environment `{0}` extends itself in a circle")]
    Circle(EnvName),
    /// A default that is no environment.
    #[error("its default `{0}` is no environment")]
    Default(EnvName),
    /// An epoch of zero, or one not above that of the removed environment of the same name.
    #[error("the epoch of environment `{0}` is too low")]
    Epoch(EnvName),
    /// A former member without a key, or an epoch of zero.
    #[error("former member `{0}` has no key or no epoch")]
    Former(MemberName),
    /// A list that is not in sorted order, or has something twice.
    #[error("`{0}` is not in sorted order")]
    Unsorted(String),
}

/// The rule that a line of `roster.log` breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Over 1 MiB.
    #[error("is too long")]
    TooLong,
    /// No JSON object of this format's keys.
    #[error("is no entry of this format")]
    Syntax,
    /// A higher `v`.
    #[error("was written by a newer cargo-vault")]
    Newer,
    /// Its re-printing differs.
    #[error("is not written as this format writes it")]
    Reprint,
    /// Not one more than the line before.
    #[error("has a serial that does not follow")]
    Serial,
    /// Not the entry hash of the line before.
    #[error("does not follow from the line before it")]
    Previous,
    /// A nonce missing from the first line, or in another.
    #[error("has a nonce where none belongs, or none where one does")]
    Nonce,
    /// No admin, one twice, unsorted, or more than the founder in the first line.
    #[error("has a list of admins that breaks the rules")]
    Admins,
    /// Signed by a key that was no admin's in the line before.
    #[error("was signed by a key that was no admin's then")]
    Signer,
    /// The signature does not verify strictly.
    #[error("has a signature that does not verify")]
    Signature,
}

/// The rule that a secret's record breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// A kind outside the four.
    #[error("its kind is unknown")]
    Kind,
    /// A revision, number, epoch or birth of zero.
    #[error("it counts from zero")]
    Zero,
    /// `keep` outside 1 to 100.
    #[error("`keep` is out of bounds")]
    Keep,
    /// Numbers that do not strictly fall.
    #[error("its version numbers do not fall")]
    Order,
    /// A stage twice, or an empty one.
    #[error("a stage stands twice, or is empty")]
    Stage,
    /// No version is current, and nothing excuses it.
    #[error("no version is current")]
    NoCurrent,
    /// A rotation record on a version that is not pending.
    #[error("a rotation stands at a version that is not pending")]
    Rotation,
    /// A value born under a later epoch than it is sealed in.
    #[error("a value was born after its epoch")]
    Born,
    /// A tombstone numbered below a version, or with values and no date until which they can be restored.
    #[error("its tombstone does not fit its versions")]
    Tombstone,
    /// Neither versions nor a tombstone.
    #[error("it has neither a version nor a tombstone")]
    Empty,
}

/// Something that is not as format.md has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Refusal {
    #[error("`{}` cannot be a name: {fault}", text.escape_default())]
    Name { text: String, fault: NameFault },
    #[error("`{a}` and `{b}` of environment `{env}` differ only in case")]
    NameCase { env: EnvName, a: String, b: String },
    #[error("`{a}` and `{b}` would both become the variable `{variable}`")]
    Variable { a: SecretName, b: SecretName, variable: String },

    #[error("`.vault/{}` is no plain file", path.escape_debug())]
    NotPlain { path: String },
    #[error("`.vault/{}` is no folder", path.escape_debug())]
    NotFolder { path: String },
    #[error("`.vault/{}` is over {limit} bytes", path.escape_debug())]
    TooLarge { path: String, limit: u64 },
    #[error("`.vault/{path}` is missing")]
    Missing { path: String },
    #[error("`.vault/{}` does not belong in a vault", path.escape_debug())]
    Stray { path: String },
    #[error("`.vault/{path}` is not what this version writes")]
    Fixed { path: String },

    #[error("`.vault/{path}` is no UTF-8 text")]
    NotText { path: String },
    #[error("`.vault/{path}` has conflict markers")]
    Conflict { path: String },
    #[error("`.vault/{path}` does not end in a signature")]
    Trailer { path: String },
    #[error("`.vault/{path}` was written by a newer cargo-vault (format {format})")]
    Newer { path: String, format: u64 },
    #[error("`.vault/{path}`, line {line}: {}", what.escape_debug())]
    Syntax { path: String, line: usize, what: String },
    #[error("`.vault/{path}` is not written as this format writes it, from line {line} on")]
    Reprint { path: String, line: usize },

    #[error("`.vault/roster.toml`: {0}")]
    Roster(RosterFault),
    #[error("line {line} of `.vault/roster.log` {fault}")]
    Line { line: usize, fault: LineFault },
    #[error("`.vault/roster.log` is empty")]
    EmptyLog,
    #[error("`.vault/roster.toml` was changed after it was signed on {at}")]
    RosterChanged { at: Timestamp },
    #[error("the last line of `.vault/roster.log` names other admins than `roster.toml`")]
    AdminsDiffer,
    #[error("`.vault/roster.toml` names vault {found}, its log vault {log}")]
    RosterVault { found: VaultId, log: VaultId },

    #[error("this is another vault ({found}) than the one known here ({known})")]
    Replaced { known: VaultId, found: VaultId },
    #[error("`.vault/roster.log` differs from the one known here, from line {line} on")]
    Forked { line: usize },
    #[error("`.vault/roster.log` ends before line {serial}, which the anchor names")]
    AnchorCut { serial: u64 },
    #[error("line {serial} of `.vault/roster.log` is not the one that the anchor names")]
    AnchorDiffers { serial: u64 },
    #[error("the anchor names vault {anchor}, this is vault {found}")]
    AnchorVault { anchor: VaultId, found: VaultId },

    #[error("`{path}` is missing, so this key cannot open environment `{env}`")]
    KeyMissing { path: String, env: EnvName, readers: Vec<MemberName> },
    #[error("`.vault/{path}` is no armored age file")]
    KeyArmor { path: String },
    #[error("`.vault/{path}` has more than eight stanzas")]
    KeyStanzas { path: String },
    #[error("`.vault/{path}` asks for a passphrase")]
    KeyScrypt { path: String },
    #[error("`.vault/{path}` cannot be unwrapped with the key of its recipient")]
    KeyUnwrap { path: String },
    #[error("`.vault/{path}` holds {len} bytes where a key has 32")]
    KeyLength { path: String, len: usize },
    #[error("`.vault/{path}` holds another key than the roster commits to")]
    Commitment { path: String },
    #[error("nothing can be wrapped to `{recipient}` here")]
    CannotWrap { recipient: String },
    #[error("a key of `{member}` is dead in environment `{env}`")]
    DeadRecipient { env: EnvName, member: MemberName },

    #[error("`.vault/{path}` calls itself `{found}`")]
    Path { path: String, found: String },
    #[error("`.vault/{path}`: {fault}")]
    Record { path: String, fault: RecordFault },
    #[error("`.vault/{path}` was signed by `{writer}`, who may not write environment `{env}`")]
    NotWriter { path: String, writer: MemberName, env: EnvName },
    #[error("`.vault/{path}` was signed with a former key of `{writer}`")]
    FormerKey { path: String, writer: MemberName },
    #[error("`.vault/{path}` was changed after `{writer}` signed it, or never signed by `{writer}`")]
    Signature { path: String, writer: MemberName },
    #[error("`.vault/{path}` is sealed under epoch {found}, environment `{env}` is at epoch {epoch}")]
    Epoch { path: String, env: EnvName, found: u64, epoch: u64 },
    #[error("`.vault/{path}` is sealed under another key of epoch {epoch} than environment `{env}` has")]
    OtherKey { path: String, env: EnvName, epoch: u64 },
    #[error("version {number} in `.vault/{path}` does not open")]
    Seal { path: String, number: u64 },
    #[error("version {number} in `.vault/{path}` is padded against the rules")]
    Padding { path: String, number: u64 },

    #[error(
        "`{env}/{name}` was rolled back: revision {seen} was seen here, revision {found} is in its place"
    )]
    RolledBack { env: EnvName, name: SecretName, seen: u64, found: u64 },
    #[error("`{env}/{name}` was replaced: revision {revision} was seen here with other bytes")]
    Rewritten { env: EnvName, name: SecretName, revision: u64 },
    #[error("`{env}/{name}` has vanished without a tombstone: revision {seen} was seen here")]
    Vanished { env: EnvName, name: SecretName, seen: u64 },

    #[error("`.vault/{path}` asks for `{found}`")]
    RequestName { path: String, found: String },
    #[error("`.vault/{path}` names a key that is none, or keys that are not in order, each once")]
    RequestKeys { path: String },
    #[error("`.vault/{path}` is not signed by a key that it names")]
    RequestSignature { path: String },

    #[error("a value has {len} bytes, over the limit of 1 MiB")]
    ValueTooLarge { len: usize },
    #[error("this is no identity of age")]
    Identity,
    #[error("a plugin's identity has no comment above it that says its recipient")]
    IdentityRecipient,
    #[error("the signing seed above a plugin's identity was damaged")]
    IdentitySeed,
    #[error("this SSH key is of no kind that age can open with")]
    SshKey,
    #[error(transparent)]
    Plugin(#[from] PluginFault),
    #[error("this is no anchor")]
    Anchor,
    #[error("the passphrase does not open this identity")]
    Passphrase,
    #[error("this protected identity is not as this format writes it")]
    Protected,
}

impl Refusal {
    /// The stable code, as `expect:` in the vectors and `code` in JSON have it.
    #[expect(clippy::too_many_lines, reason = "a table is as long as it is")]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::NameCase { .. } => "name-case",
            Self::Variable { .. } => "variable",
            Self::NotPlain { .. } => "not-plain",
            Self::NotFolder { .. } => "not-folder",
            Self::TooLarge { .. } => "too-large",
            Self::Missing { .. } => "missing",
            Self::Stray { .. } => "stray",
            Self::Fixed { .. } => "fixed",
            Self::NotText { .. } => "not-text",
            Self::Conflict { .. } => "conflict",
            Self::Trailer { .. } => "trailer",
            Self::Newer { .. } => "newer",
            Self::Syntax { .. } => "syntax",
            Self::Reprint { .. } => "reprint",
            Self::Roster(fault) => fault.code(),
            Self::Line { fault, .. } => fault.code(),
            Self::EmptyLog => "log-empty",
            Self::RosterChanged { .. } => "roster-changed",
            Self::AdminsDiffer => "admins-differ",
            Self::RosterVault { .. } => "roster-vault",
            Self::Replaced { .. } => "replaced",
            Self::Forked { .. } => "forked",
            Self::AnchorCut { .. } => "anchor-cut",
            Self::AnchorDiffers { .. } => "anchor-differs",
            Self::AnchorVault { .. } => "anchor-vault",
            Self::KeyMissing { .. } => "key-missing",
            Self::KeyArmor { .. } => "key-armor",
            Self::KeyStanzas { .. } => "key-stanzas",
            Self::KeyScrypt { .. } => "key-scrypt",
            Self::KeyUnwrap { .. } => "key-unwrap",
            Self::KeyLength { .. } => "key-length",
            Self::Commitment { .. } => "commitment",
            Self::CannotWrap { .. } => "cannot-wrap",
            Self::DeadRecipient { .. } => "dead-recipient",
            Self::Path { .. } => "path",
            Self::Record { fault, .. } => fault.code(),
            Self::NotWriter { .. } => "not-writer",
            Self::FormerKey { .. } => "former-key",
            Self::Signature { .. } => "signature",
            Self::Epoch { .. } => "epoch",
            Self::OtherKey { .. } => "other-key",
            Self::Seal { .. } => "seal",
            Self::Padding { .. } => "padding",
            Self::RolledBack { .. } => "rolled-back",
            Self::Rewritten { .. } => "rewritten",
            Self::Vanished { .. } => "vanished",
            Self::RequestName { .. } => "request-name",
            Self::RequestKeys { .. } => "request-keys",
            Self::RequestSignature { .. } => "request-signature",
            Self::ValueTooLarge { .. } => "value-too-large",
            Self::Identity => "identity",
            Self::IdentityRecipient => "identity-recipient",
            Self::IdentitySeed => "identity-seed",
            Self::SshKey => "ssh-key",
            Self::Plugin(_) => "plugin",
            Self::Anchor => "anchor",
            Self::Passphrase => "passphrase",
            Self::Protected => "protected",
        }
    }
}

impl RosterFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAdmin => "roster-no-admin",
            Self::NoWriter(_) => "roster-no-writer",
            Self::SharedKey(..) => "roster-shared-key",
            Self::NoMember(..) => "roster-no-member",
            Self::ListedTwice(..) => "roster-listed-twice",
            Self::CannotSign(_) => "roster-cannot-sign",
            Self::NoRecipient(_) => "roster-no-recipient",
            Self::Recipient(..) => "roster-recipient",
            Self::SigningKey(_) => "roster-signing-key",
            Self::Role(_) => "roster-role",
            Self::Extends(..) => "roster-extends",
            Self::Circle(_) => "roster-circle",
            Self::Default(_) => "roster-default",
            Self::Epoch(_) => "roster-epoch",
            Self::Former(_) => "roster-former",
            Self::Unsorted(_) => "roster-unsorted",
        }
    }
}

impl LineFault {
    fn code(self) -> &'static str {
        match self {
            Self::TooLong => "log-too-long",
            Self::Syntax => "log-syntax",
            Self::Newer => "log-newer",
            Self::Reprint => "log-reprint",
            Self::Serial => "log-serial",
            Self::Previous => "log-previous",
            Self::Nonce => "log-nonce",
            Self::Admins => "log-admins",
            Self::Signer => "log-signer",
            Self::Signature => "log-signature",
        }
    }
}

impl RecordFault {
    fn code(self) -> &'static str {
        match self {
            Self::Kind => "record-kind",
            Self::Zero => "record-zero",
            Self::Keep => "record-keep",
            Self::Order => "record-order",
            Self::Stage => "record-stage",
            Self::NoCurrent => "record-no-current",
            Self::Rotation => "record-rotation",
            Self::Born => "record-born",
            Self::Tombstone => "record-tombstone",
            Self::Empty => "record-empty",
        }
    }
}
