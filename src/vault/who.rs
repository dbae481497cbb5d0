//! Who somebody is here: which of the keys at hand belong to which member, and what each can open.

use crate::{
    kernel::{
        model::{Access, Role},
        name::{EnvName, MemberName},
        seal::Recipient,
    },
    unlock::{Candidate, Keyring, Origin, SourceName, UnlockError},
};

use super::Vault;

/// One key that was found.
pub struct Found {
    /// Where it is.
    pub origin: Origin,
    /// Its public half.
    pub recipient: Recipient,
    /// What stands before it.
    pub guard: Option<String>,
    /// Whose it is here.
    pub member: Option<MemberName>,
    /// What its member may do here.
    pub opens: Vec<(EnvName, Access)>,
}

/// One source that was looked at.
pub struct Looked {
    /// Which one.
    pub source: SourceName,
    /// What it has; none where it was not given.
    pub found: Option<Result<Vec<Found>, UnlockError>>,
}

/// The answer.
pub struct Who {
    /// The member, his role, and the key by which he is known.
    pub me: Option<(MemberName, Role, usize, usize)>,
    /// The whole search, in its order.
    pub search: Vec<Looked>,
}

impl Vault<'_> {
    /// Looks at every source, unlocking nothing.
    pub fn who(&self, keyring: Keyring) -> Who {
        let mut found = keyring.survey();
        let search: Vec<Looked> = SourceName::ALL
            .into_iter()
            .map(|source| {
                let at = found.iter().position(|(name, _)| *name == source);
                let candidates = at.map(|at| found.remove(at).1);
                Looked {
                    source,
                    found: candidates
                        .map(|all| all.map(|all| all.iter().map(|one| self.whose(one)).collect())),
                }
            })
            .collect();
        let keys = search.iter().enumerate().flat_map(|(i, looked)| {
            let found = looked.found.iter().flatten().flatten();
            found.enumerate().map(move |(j, key)| (i, j, key))
        });
        let me = keys.filter_map(|(i, j, key)| Some((key.member.clone()?, i, j))).next();
        let me = me.map(|(name, i, j)| (name.clone(), self.roster.members[&name].role, i, j));
        Who { me, search }
    }

    fn whose(&self, candidate: &Candidate) -> Found {
        let recipient = candidate.recipient().clone();
        let member = self.roster.holder(&recipient).map(|(name, _)| name.clone());
        let opens = member.as_ref().map(|name| self.roster.granted(name)).unwrap_or_default();
        Found { origin: candidate.origin.clone(), recipient, guard: candidate.guard(), member, opens }
    }
}
