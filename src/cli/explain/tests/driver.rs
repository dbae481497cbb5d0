//! The words for a secret that git's merge driver left in conflict.

use super::{
    Words,
    refusals::{ana, at, bob, env, name},
};
use crate::{
    kernel::{
        model::{Clash, Deed, Part},
        refusal::{RecordFault, Refusal},
    },
    ui::Failure,
    vault::{DriverFault, MergeSide, VaultError},
};

fn clash(clash: Clash) -> DriverFault {
    DriverFault::Clash { env: env(), name: name(), clash, unopened: None }
}

#[test]
fn every_fault_of_the_merge_driver_is_explained() {
    let deed = |by, removed| Deed { number: 3, by, at: at(), removed };
    let both = || Clash::Both { ours: deed(ana(), false), theirs: deed(bob(), true) };
    let said = |part| Clash::Said { part, ours: ana(), theirs: bob() };
    let no_key = || VaultError::NoKey { env: env(), readers: vec![ana()], approvers: vec![ana()] };
    let all = vec![
        clash(both()),
        DriverFault::Clash { env: env(), name: name(), clash: both(), unopened: Some(Box::new(no_key())) },
        clash(said(Part::Kind)),
        clash(said(Part::Description)),
        clash(said(Part::Tag("a\u{1b}[31m".to_owned()))),
        clash(said(Part::Rotation)),
        clash(Clash::Number { number: 3, ours: ana(), theirs: bob() }),
        clash(Clash::Epoch { epochs: [1, 2], ours: ana(), theirs: bob() }),
        clash(Clash::PutBack { revision: 3 }),
        clash(Clash::Unsound(RecordFault::Rotation)),
        DriverFault::Side {
            env: env(),
            name: name(),
            side: MergeSide::Theirs,
            fault: Refusal::FormerKey { path: "secrets/dev/db/password.toml".to_owned(), writer: bob() },
        },
        DriverFault::Side {
            env: env(),
            name: name(),
            side: MergeSide::Ours,
            fault: Refusal::Trailer { path: "secrets/dev/db/password.toml".to_owned() },
        },
        DriverFault::Unsigned { env: env(), name: name(), fault: Box::new(no_key()) },
        DriverFault::NotSecret { path: "a\u{1b}[31m.txt".to_owned() },
    ];
    let words = Words::of(all, |fault: DriverFault| Failure::from(VaultError::from(fault)));
    words.are_all_of(&["DriverFault", "MergeSide"], include_str!("../../../vault/driver.rs"));
    words.are_all_of(&["Clash", "Part"], include_str!("../../../kernel/model/merge.rs"));
    insta::assert_snapshot!("driver", words.text);
}
