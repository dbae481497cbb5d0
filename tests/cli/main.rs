//! The program as people and machines use it: each test has its own home, an empty environment and its own git settings.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, and says where")]

mod harness;
mod keys;
mod leaves;
mod pty;

mod both_sides;
mod code;
mod commands;
mod completion;
mod console;
mod crash;
mod diff;
mod examples;
mod first_minute;
mod forge;
mod founding;
mod history;
mod hook;
mod leaks;
mod leaving;
mod load;
mod manual;
mod merge;
mod messages;
mod odd;
mod pager;
mod positions;
mod recover;
mod release;
mod repair;
mod resolve;
mod review;
mod rollback;
mod run;
mod schema;
mod tamper_files;
mod tamper_keys;
mod tamper_requests;
mod tamper_roster;
mod tamper_secrets;
mod team_story;
mod terminal;
mod then;
mod timeline;
mod tree;
mod trust;
mod values;
mod version;
