//! What to do with a secret that git's merge driver left in conflict.

use super::{kernel::refusal, vault::vault};
use crate::{
    kernel::{
        model::Clash,
        name::{EnvName, SecretName},
    },
    ui::{Class, Failure},
    vault::DriverFault,
};

/// Explains why.
pub(super) fn driver(fault: &DriverFault) -> Failure {
    let failure = |class, code| Failure::new(class, code, fault.to_string());
    match fault {
        DriverFault::Clash { env, name, clash, unopened } => {
            let class =
                if matches!(clash, Clash::PutBack { .. }) { Class::Tampered } else { Class::Conflict };
            let failure = failure(class, "merge-conflict");
            let failure = match unopened {
                Some(why) => failure.detail("not compared", why.to_string()),
                None => failure,
            };
            ways_out(failure, env, name)
        }
        DriverFault::Side { env, name, fault: why, .. } => {
            let Failure { class, code, .. } = refusal(why);
            ways_out(failure(class, code), env, name)
        }
        DriverFault::Unsigned { env, name, fault: why } => {
            let Failure { class, code, .. } = vault(why);
            ways_out(failure(class, code), env, name)
        }
        DriverFault::NotSecret { .. } => failure(Class::Conflict, "not-secret")
            .help("git's own merge is wanted there: look at `.gitattributes`"),
    }
}

fn ways_out(failure: Failure, env: &EnvName, name: &SecretName) -> Failure {
    let resolve = format!("cargo vault resolve -e {env} {name}");
    failure
        .help(format!("`{resolve} --ours` keeps our side"))
        .help(format!("`{resolve} --theirs` takes theirs"))
        .help(format!("`{resolve} --edit` opens both in your editor"))
        .help(format!("`{resolve} --value` asks for another value"))
}
