//! Making a long history of a vault: a stream for `git fast-import` in which each commit rewrites one secret, and now and then
//! one adds a line to the log.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use cargo_vault::{
    kernel::{
        format::{log, path, secret},
        model::{Log, Record, Statement},
        name::{EnvName, SecretName},
        seal::Identity,
        secret::Secret,
    },
    store::{Disk, place_for_new},
    vault::tree::{RosterFiles, names, secret_bytes},
};

use crate::Failure;

/// After so many commits one adds a line to the log.
const LINE_EVERY: u64 = 100;

/// Writes so many commits on top of `refs/heads/main` to standard output.
pub fn history(project: &Path, key_file: &Path, count: u64) -> Result<(), Failure> {
    let identity = Identity::parse_file(&Secret::new(fs::read(key_file)?))?.0.remove(0);
    let signing = identity.signing_key();
    let disk = Disk::open(&place_for_new(project)?)?;
    let files = RosterFiles::read(&disk)?;
    let (roster, mut log) = files.verify(0)?;
    let env = EnvName::parse("dev")?;
    let mut records: BTreeMap<SecretName, Record> = BTreeMap::new();
    for name in names(&disk, &env)?.secrets {
        let bytes = secret_bytes(&disk, &env, &name)?.unwrap_or_default();
        records.insert(name.clone(), secret::parse(&env, &name, &bytes)?.record);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let all: Vec<SecretName> = records.keys().cloned().collect();
    for i in 1..=count {
        writeln!(out, "commit refs/heads/main\ncommitter Bench <bench@example.org> {i} +0000\ndata 4\nwork")?;
        if i == 1 {
            writeln!(out, "from refs/heads/main^0")?;
        }
        let (place, bytes) = if i % LINE_EVERY == 0 {
            let (roster, at) = (&files.roster[..], log.last().at);
            let (admins, why) = (log.last().admins.clone(), "again".to_owned());
            let statement = Statement { roster, admins, at, why, drops: Vec::new() };
            let mut lines = log.lines().to_vec();
            lines.push(statement.follow(&log, &signing));
            log = Log::verify(lines, i)?;
            (path::LOG.to_owned(), log::print(log.lines()))
        } else {
            let name = &all[i as usize % all.len()];
            let record = records.get_mut(name).ok_or("a secret has a record")?;
            record.revision += 1;
            (path::secret(&env, name), secret::print(&roster.vault, record, &signing))
        };
        writeln!(out, "M 100644 inline .vault/{place}\ndata {}", bytes.len())?;
        out.write_all(&bytes)?;
        writeln!(out)?;
    }
    Ok(out.flush()?)
}
