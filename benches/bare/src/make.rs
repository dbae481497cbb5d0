//! Making a vault of many secrets at once, each file as the program would have written it.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use cargo_vault::{
    kernel::{
        format::{path, secret},
        model::{CURRENT, Kind, Record, Version},
        name::{EnvName, MemberName, SecretName},
        seal::{Identity, MemberKey, NoPlugins, Place, generate_alphanumeric, seal},
        secret::Secret,
        time::Timestamp,
    },
    store::{Disk, place_for_new},
    vault::{
        Founding, create,
        tree::{RosterFiles, env_key, epoch},
    },
};

use crate::Failure;

/// Founds a vault in a project folder and fills its environment `dev` with secrets named `SECRET_1` and so on.
pub fn make(project: &Path, data: &Path, key_file: &Path, count: u64) -> Result<(), Failure> {
    let identity = Identity::generate();
    let now = Timestamp::from(SystemTime::now());
    fs::write(key_file, &*identity.file(now.as_str()))?;
    let place = place_for_new(project)?;
    let (founder, env) = (MemberName::parse("ana")?, EnvName::parse("dev")?);
    let environments = std::slice::from_ref(&env);
    let founding = MemberKey::Native(Identity::parse(&String::from_utf8_lossy(identity.reveal().expose()))?);
    create(
        &Founding {
            place: &place,
            data,
            founder: &founder,
            key: &founding,
            plugins: &NoPlugins,
            environments,
            now: now.clone(),
        },
        None,
    )?;
    let disk = Disk::open(&place)?;
    let (roster, _) = RosterFiles::read(&disk)?.verify(0)?;
    let key = env_key(&disk, &roster, &env, (&founder, &identity))?.seal_key(&epoch(&roster, &env));
    let signing = identity.signing_key();
    fs::create_dir_all(place.vault.join(path::secrets(&env)))?;
    for i in 1..=count {
        let name = SecretName::parse(&format!("SECRET_{i}"))?;
        let value: Secret = generate_alphanumeric(32);
        let (vault, kind) = (&roster.vault, Kind::Text);
        let sealed = seal(&key, &Place { vault, env: &env, name: &name, number: 1, epoch: 1, kind }, &value);
        let version = Version {
            number: 1,
            id: None,
            stages: vec![CURRENT.to_owned()],
            created: now.clone(),
            author: founder.clone(),
            born: 1,
            until: None,
            rotation: None,
            sealed,
        };
        let record = Record {
            env: env.clone(),
            name,
            revision: 1,
            kind,
            description: None,
            tags: BTreeMap::new(),
            created: now.clone(),
            epoch: 1,
            key: roster.environments[&env].commitment.tag(),
            keep: 1,
            writer: founder.clone(),
            policy: None,
            deleted: None,
            versions: vec![version],
        };
        let bytes = secret::print(vault, &record, &signing);
        fs::write(place.vault.join(path::secret(&env, &record.name)), bytes)?;
    }
    Ok(())
}
