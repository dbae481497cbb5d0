//! A request: somebody asks to join.

use crate::kernel::{
    name::{EnvName, MemberName},
    seal::{PublicKey, Recipient},
    time::Timestamp,
};

/// What somebody asks for, and the keys he would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name he would have.
    pub member: MemberName,
    /// One key file each.
    pub recipients: Vec<Recipient>,
    /// With what he would sign, and signs this.
    pub signs: Vec<PublicKey>,
    /// What he would read or write.
    pub environments: Vec<EnvName>,
    /// When, as he says.
    pub at: Timestamp,
}
