//! `punctual dead-letters` on the command line.

use clap::{Args, Subcommand};

use super::{DataArgs, OutputArgs};

/// What a person does about dead letters.
#[derive(Subcommand)]
pub enum DeadLetterAction {
    /// List them, the oldest first
    List(DeadLetterListArgs),
    /// Send them to their queue again; fix the cause first
    Retry(DeadLetterSelection),
    /// Delete them for good: nothing sends them again
    Drop(DeadLetterSelection),
}

#[derive(Args)]
pub struct DeadLetterListArgs {
    /// Only dead letters of this shop
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: Option<String>,
    /// How many to list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// Which dead letters a command works on.
#[derive(Args)]
pub struct DeadLetterSelection {
    /// Their ids, as the list shows them
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<i64>,
    /// Every dead letter there is
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// With --all: only those of this shop
    #[arg(long, value_name = "SHOP_ID", conflicts_with = "ids")]
    pub shop: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}
