//! Stands in for the sandbox in a build without the feature `sandbox`.

use std::collections::{BTreeSet, HashMap};

use config::Lookup;

use crate::config::HostConfig;
use crate::host::Host;
use crate::summary::OrderOutcome;

/// Stands in for the sandbox in a build without one: no value of it exists.
pub(crate) enum Sandbox {}

impl Sandbox {
    pub(crate) async fn start(_: usize, _: u64, _: Lookup<'_>) -> anyhow::Result<(Self, HostConfig)> {
        anyhow::bail!("this build has no sandbox (feature `sandbox`): use --live to work on connected shops")
    }

    pub(crate) async fn connect(&self, _: &Host) -> anyhow::Result<()> {
        match *self {}
    }

    pub(crate) fn urls(&self) -> String {
        match *self {}
    }

    pub(crate) fn order_ids(&self) -> BTreeSet<String> {
        match *self {}
    }

    pub(crate) fn misplaced(&self, _: &HashMap<String, OrderOutcome>) -> Vec<String> {
        match *self {}
    }

    pub(crate) fn shutdown(&self) {
        match *self {}
    }
}
