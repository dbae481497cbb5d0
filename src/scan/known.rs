//! What a search knows of a vault's own values: their fingerprints, kept sealed in the clone so that no search has to unlock.
//!
//! The fingerprints lie in the git folder and their key in the user's data folder, so whoever has only the one can try no
//! value out (docs/decisions/0047). They are bound to the hash of each secret's file: what is not as it was is named.

use std::collections::{BTreeMap, HashMap};

use crate::{
    kernel::{
        format::hex,
        forms::{Forms, PRINT, Print, PrintKey},
        name::{EnvName, SecretName, VaultId},
        seal::{Hash, open_own, pae, random, seal_own, sha256},
        secret::Secret,
    },
    store::{StateFolder, StoreError},
    vault::{Source, Sources, Unlocked, Values, Vault, VaultError, tree},
};

const PURPOSE: &str = "scan";
const LABEL: &[u8] = b"cargo-vault/prints/v1";
/// A print with the number of its secret.
const ROW: usize = 4 + PRINT;

/// A secret of the vault, by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
}

/// How far a secret's values are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of them are.
    Searched,
    /// One is too short to be.
    Short,
    /// They are not this member's to read.
    Locked,
    /// Nobody has unlocked them here since they were set.
    Unseen,
    /// The file is not as a member signed it, or one does not open.
    Faulty,
}

/// A secret whose values are fingerprinted, or why not.
struct Row {
    owner: Owner,
    hash: Hash,
    reach: Reach,
}

/// The fingerprints of a vault's values.
pub struct Known {
    roster: Hash,
    rows: Vec<Row>,
    /// Each with the number of its secret.
    prints: Vec<(u32, Print)>,
    key: PrintKey,
}

/// Where the fingerprints of a vault are kept.
pub struct Shelf<'f> {
    folder: &'f StateFolder,
    vault: VaultId,
}

impl<'f> Shelf<'f> {
    /// In the folder of what is kept about a place.
    pub fn of(folder: &'f StateFolder, vault: VaultId) -> Self {
        Self { folder, vault }
    }

    /// What is kept; nothing if there is none that this user has written.
    pub fn read(&self) -> Option<Known> {
        let key = self.folder.key_for(PURPOSE)?;
        let bytes = open_own(&key, &self.about(), &self.folder.read(&self.name())?)?;
        Known::parse(&bytes, PrintKey::of(&key))
    }

    /// Makes the fingerprints of what is unlocked, and keeps them. That they cannot be kept is no failure: they are made again
    /// then.
    pub fn renew(&self, unlocked: &Unlocked<'_>, sources: &Sources) -> Result<Known, VaultError> {
        let kept = self.folder.made_key_for(PURPOSE);
        let key = kept.as_ref().map_or_else(|_| random::<32>().into(), |key| key.clone());
        let known = Known::of(unlocked, sources, PrintKey::of(&key))?;
        if kept.is_ok() {
            let _ = self.write(&known, &key);
        }
        Ok(known)
    }

    /// Takes in values that were just written, where anything is kept: so a search knows them without a key. Fingerprints of older
    /// ones stay, since git has those values still. What fails here is made up for by the next search that unlocks.
    pub fn take_in<'v>(
        &self,
        vault: &Vault<'_>,
        env: &EnvName,
        values: impl IntoIterator<Item = (&'v SecretName, &'v Secret)>,
    ) {
        let Some(mut known) = self.read() else { return };
        for (name, value) in values {
            let Ok(Some(bytes)) = tree::secret_bytes(vault.tree(), env, name) else { continue };
            let owner = Owner { env: env.clone(), name: name.clone() };
            known.put(owner, sha256(&bytes), value);
        }
        if let Some(key) = self.folder.key_for(PURPOSE) {
            let _ = self.write(&known.in_order(), &key);
        }
    }

    fn write(&self, known: &Known, key: &[u8; 32]) -> Result<(), StoreError> {
        self.folder.write(&self.name(), &seal_own(key, &self.about(), &known.print()))
    }

    fn name(&self) -> String {
        format!("prints-{}", &self.vault.hex()[..16])
    }

    fn about(&self) -> Vec<u8> {
        pae(&[LABEL, self.vault.as_bytes()])
    }
}

impl Known {
    /// Nothing, where there is no vault or nobody can unlock it.
    pub fn nothing() -> Self {
        Self { roster: [0; 32], rows: Vec::new(), prints: Vec::new(), key: PrintKey::of(&random::<32>()) }
    }

    /// The fingerprints of values that somebody has at hand, which are kept nowhere.
    pub fn of_values(values: Vec<(Owner, Secret)>) -> Self {
        let mut known = Self::nothing();
        let mut by_env: BTreeMap<EnvName, Vec<(SecretName, Secret)>> = BTreeMap::new();
        for (owner, value) in values {
            by_env.entry(owner.env.clone()).or_default().push((owner.name.clone(), value));
            known.rows.push(Row { owner, hash: [0; 32], reach: Reach::Searched });
        }
        for (env, opened) in by_env {
            known.add(&env, &Values { opened, faulty: Vec::new() });
        }
        known.in_order()
    }

    fn of(unlocked: &Unlocked<'_>, sources: &Sources, key: PrintKey) -> Result<Self, VaultError> {
        let rows: Vec<Row> = sources.files.iter().map(Row::unseen).collect();
        let mut known = Self { roster: sources.roster, rows, prints: Vec::new(), key };
        for env in unlocked.vault().roster().environments.keys() {
            let values = unlocked.values(env)?;
            let reach = if values.is_some() { Reach::Searched } else { Reach::Locked };
            known.rows.iter_mut().filter(|row| row.owner.env == *env).for_each(|row| row.reach = reach);
            known.add(env, &values.unwrap_or_default());
        }
        Ok(known.in_order())
    }

    fn put(&mut self, owner: Owner, hash: Hash, value: &Secret) {
        let forms = Forms::whole([(&owner.name, value)]);
        let reach = if forms.short.is_empty() { Reach::Searched } else { Reach::Short };
        let at = self.rows.partition_point(|row| row.owner < owner);
        // The numbers of secrets are few enough for 32 bits, as all that is parsed has them.
        let number = u32::try_from(at).expect("secrets are fewer than four thousand million");
        if self.rows.get(at).is_none_or(|row| row.owner != owner) {
            self.rows.insert(at, Row { owner, hash, reach });
            self.prints.iter_mut().filter(|(other, _)| *other >= number).for_each(|(other, _)| *other += 1);
        } else {
            self.rows[at].hash = hash;
            self.rows[at].reach = reach;
        }
        self.prints.extend(forms.prints(&self.key).into_iter().map(|(_, print)| (number, print)));
    }

    fn add(&mut self, env: &EnvName, Values { opened, faulty }: &Values) {
        let rows = (0_u32..).zip(&self.rows).filter(|(_, row)| row.owner.env == *env);
        let numbers: HashMap<SecretName, u32> =
            rows.map(|(number, row)| (row.owner.name.clone(), number)).collect();
        for number in faulty.iter().filter_map(|name| numbers.get(name)) {
            self.rows[*number as usize].reach = Reach::Faulty;
        }
        // One by one, since the forms of all together would be plaintext a hundred times over.
        for (name, value) in opened {
            let Some(number) = numbers.get(name) else { continue };
            let forms = Forms::whole([(name, value)]);
            if !forms.short.is_empty() {
                self.rows[*number as usize].reach = Reach::Short;
            }
            self.prints.extend(forms.prints(&self.key).into_iter().map(|(_, print)| (*number, print)));
        }
    }

    /// In the order of prints. Of two secrets with one value the first has it.
    fn in_order(mut self) -> Self {
        self.prints.sort_by(|(a, one), (b, other)| (one, a).cmp(&(other, b)));
        self.prints.dedup_by(|(_, later), (_, first)| later == first);
        self
    }

    /// Whether these are the files that the fingerprints were made of.
    pub fn is_of(&self, now: &Sources) -> bool {
        let same = |(row, file): (&Row, &Source)| {
            row.owner.env == file.env && row.owner.name == file.name && row.hash == file.hash
        };
        self.roster == now.roster
            && self.rows.len() == now.files.len()
            && self.rows.iter().zip(&now.files).all(same)
    }

    /// The secrets of which a value is not searched for, and why.
    pub fn unsearched(&self, now: &Sources) -> Vec<(Owner, Reach)> {
        let rows: BTreeMap<&Owner, &Row> = self.rows.iter().map(|row| (&row.owner, row)).collect();
        let reach = |file: &Source| {
            let owner = Owner { env: file.env.clone(), name: file.name.clone() };
            let row = rows.get(&owner).filter(|row| row.hash == file.hash);
            let reach = row.map_or(Reach::Unseen, |row| row.reach);
            (reach != Reach::Searched).then_some((owner, reach))
        };
        now.files.iter().filter_map(reach).collect()
    }

    #[cfg(test)]
    pub(super) fn reach(&self, owner: &Owner) -> Option<Reach> {
        self.rows.iter().find(|row| row.owner == *owner).map(|row| row.reach)
    }

    pub(super) fn prints(&self) -> &[(u32, Print)] {
        &self.prints
    }

    pub(super) fn key(&self) -> &PrintKey {
        &self.key
    }

    pub(super) fn owner(&self, number: u32) -> &Owner {
        &self.rows[number as usize].owner
    }

    fn print(&self) -> Vec<u8> {
        let mut bytes = format!("{} {}\n", hex::print(&self.roster), self.rows.len()).into_bytes();
        for Row { owner: Owner { env, name }, hash, reach } in &self.rows {
            let line = format!("{env} {name} {} {}\n", hex::print(hash), reach.letter());
            bytes.extend_from_slice(line.as_bytes());
        }
        for (number, print) in &self.prints {
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&print.bytes());
        }
        bytes
    }

    fn parse(bytes: &[u8], key: PrintKey) -> Option<Self> {
        let (head, mut rest) = line(bytes)?;
        let (roster, count) = head.split_once(' ')?;
        let mut rows = Vec::new();
        for _ in 0..count.parse::<u32>().ok()? {
            let (row, after) = line(rest)?;
            rows.push(Row::parse(row)?);
            rest = after;
        }
        let chunks = rest.chunks_exact(ROW);
        if !chunks.remainder().is_empty() {
            return None;
        }
        let print = |row: &[u8]| {
            let number = u32::from_le_bytes(row[..4].try_into().ok()?);
            ((number as usize) < rows.len()).then_some(())?;
            Some((number, Print::parse(row[4..].try_into().ok()?)))
        };
        let prints = chunks.map(print).collect::<Option<_>>()?;
        Some(Self { roster: hex::parse32(roster)?, rows, prints, key })
    }
}

impl Row {
    fn unseen(file: &Source) -> Self {
        let owner = Owner { env: file.env.clone(), name: file.name.clone() };
        Self { owner, hash: file.hash, reach: Reach::Unseen }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (env, name) = (EnvName::parse(words.next()?).ok()?, SecretName::parse(words.next()?).ok()?);
        let (hash, reach) = (hex::parse32(words.next()?)?, Reach::parse(words.next()?)?);
        Some(Self { owner: Owner { env, name }, hash, reach })
    }
}

impl Reach {
    fn letter(self) -> char {
        match self {
            Self::Searched => 'a',
            Self::Short => 's',
            Self::Locked => 'l',
            Self::Unseen => 'u',
            Self::Faulty => 'f',
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Searched, Self::Short, Self::Locked, Self::Unseen, Self::Faulty];
        all.into_iter().find(|reach| text.len() == 1 && text.starts_with(reach.letter()))
    }
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..at]).ok()?, &bytes[at + 1..]))
}
