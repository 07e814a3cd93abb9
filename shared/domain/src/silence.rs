//! Stub.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {}
