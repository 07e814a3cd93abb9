//! The command line: what each command takes, and its help.

mod dead_letters;
mod remedy;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::{Deserialize, Serialize};

pub use dead_letters::{DeadLetterAction, DeadLetterListArgs, DeadLetterSelection};
pub use remedy::{CancelReasonName, OrderSelection, RemedyAction};

/// Shown at the end of `punctual --help`.
const AFTER_HELP: &str = "\
Exit codes:
  0    done
  1    not everything is done, or the command failed: standard error says why
  2    the command line is wrong
  130  interrupted

While punctual is running on a data folder, commands go through it; otherwise they open the folder themselves. The
configuration comes from the environment: README.md lists the variables. `punctual COMMAND --help` explains a command.
";

/// The command line of `punctual`.
#[derive(Parser)]
#[command(
    name = "punctual",
    version,
    about = "TikTok Shop orders to the carrier on time",
    long_about = "\
TikTok Shop orders to the carrier on time.

Without a command, punctual starts a sandbox (a TikTok Shop and a carrier account on this machine), connects the
sandbox's shop, and ships its orders until Ctrl-C. With --live it works on the shops that are connected.",
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How the host runs.
#[derive(Args)]
pub struct RunArgs {
    /// Work on the connected shops, with the services that the environment configures, instead of a sandbox
    #[arg(long)]
    pub live: bool,
    /// Exit when all orders are done; the exit code is 1 if one is not
    #[arg(long)]
    pub once: bool,
    /// How many orders the sandbox starts with, and --once waits for [default: 20]
    #[arg(long, value_name = "N")]
    pub orders: Option<usize>,
    /// Seed from which the sandbox's orders are drawn [default: 1 with --once, else the time]
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Port for webhooks and for connecting shops [default: 8080; with the sandbox any free port]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// With --once: give up when nothing has changed for this long [default: 180]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// Which data folder a command works on.
#[derive(Args, Clone, Default)]
pub struct DataArgs {
    /// The data folder [default: PUNCTUAL_DATA, else punctual-data]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<String>,
}

/// How a command prints its result.
#[derive(Args, Clone, Copy, Default)]
pub struct OutputArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// List orders, the newest first
    Orders(OrdersArgs),
    /// Show everything about one order
    Order(OrderArgs),
    /// List what people have to look at, the most urgent first
    Exceptions(ExceptionsArgs),
    /// Act on orders that need a person
    #[command(long_about = "\
Act on orders that need a person. Each order is handled independently and its outcome is printed. The exit code is 1 if
the remedy could not be applied to one of them.")]
    Remedy {
        #[command(subcommand)]
        action: RemedyAction,
    },
    /// Handle messages that failed permanently
    #[command(long_about = "\
Handle dead letters: messages that failed permanently after repeated attempts. A message only says where to look, so it can
be sent again at any time, even twice. One that is dropped loses no order. After 14 days they are deleted.")]
    DeadLetters {
        #[command(subcommand)]
        action: DeadLetterAction,
    },
    /// Import packed weights and sizes from a CSV file
    #[command(long_about = IMPORT_HELP)]
    ImportCatalogue(ImportCatalogueArgs),
    /// Print a link with which a seller can connect shops
    #[command(long_about = "\
Print a link with which a seller can connect shops. It can be used once, within 30 minutes. It starts with
PUNCTUAL_PUBLIC_URL or, if that is not set, with 127.0.0.1 and the port. The data folder is not used, so this works
whether or not a host is running.")]
    ConnectLink(ConnectLinkArgs),
    /// End all work for a shop
    #[command(long_about = "\
End all work for a shop: its tokens are deleted, and nothing is polled, bought or uploaded for it until it is connected
again.")]
    Disconnect(DisconnectArgs),
    /// Send an e-mail to see whether alarms would arrive
    TestMail {
        /// The address to send it to
        #[arg(value_name = "ADDRESS")]
        to: String,
    },
    /// Check a settings file
    #[command(long_about = "\
Check whether FILE can be used, and if not, say which field is wrong. Nothing is stored. FILE holds settings, or the
secret of a stack on AWS with PUNCTUAL_SETTINGS, PUNCTUAL_DISPATCH_RULES and PUNCTUAL_RATE_RULES as strings.")]
    CheckSettings { file: PathBuf },
    /// Copy the database, including labels, into a new file
    #[command(long_about = "\
Copy the database of the data folder, including labels, into the new file FILE. This works while a host is running.")]
    Backup {
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Create the database of an empty data folder from a backup
    #[command(long_about = "\
Create the database of an empty data folder from a backup. The host must be stopped.

A label that was bought after the backup is not in it, and would be bought again. Without --labels-checked this command
only says what to check first, and exits with 1.")]
    Restore {
        file: PathBuf,
        /// Confirm that the labels bought after the backup have been checked
        #[arg(long)]
        labels_checked: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print a completion script for a shell
    Completions { shell: Shell },
}

#[derive(Args)]
pub struct OrdersArgs {
    /// Only orders of this shop
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: Option<String>,
    /// Only orders with a shipment in this stage
    #[arg(long)]
    pub stage: Option<StageName>,
    /// Only orders with this status at TikTok, such as AWAITING_SHIPMENT
    #[arg(long)]
    pub status: Option<String>,
    /// Only orders with an open exception
    #[arg(long)]
    pub exceptions: bool,
    /// How many orders to list
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Continue after an earlier list, with the cursor that it printed
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// A stage of a shipment, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum StageName {
    Held,
    Ready,
    Rated,
    Buying,
    LabelPending,
    Labelled,
    Uploaded,
    Scanned,
    Delivered,
    Blocked,
    Voiding,
    Cancelled,
    ShippedElsewhere,
}

impl StageName {
    /// The stage's name in lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Ready => "ready",
            Self::Rated => "rated",
            Self::Buying => "buying",
            Self::LabelPending => "label_pending",
            Self::Labelled => "labelled",
            Self::Uploaded => "uploaded",
            Self::Scanned => "scanned",
            Self::Delivered => "delivered",
            Self::Blocked => "blocked",
            Self::Voiding => "voiding",
            Self::Cancelled => "cancelled",
            Self::ShippedElsewhere => "shipped_elsewhere",
        }
    }
}

#[derive(Args)]
pub struct OrderArgs {
    #[arg(value_name = "ORDER_ID")]
    pub order: String,
    /// The order's shop, needed if several shops have an order with this id
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: Option<String>,
    /// Also show personal data: the recipient's address and what buyer and seller wrote
    #[arg(long)]
    pub personal: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Args)]
pub struct ExceptionsArgs {
    /// Only exceptions of this shop and its orders
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: Option<String>,
    /// Only exceptions of this kind, such as address_undeliverable
    #[arg(long)]
    pub kind: Option<String>,
    /// How many exceptions to list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Args)]
pub struct ImportCatalogueArgs {
    pub file: PathBuf,
    /// The shop whose products these are
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: String,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

const IMPORT_HELP: &str = "\
Import packed weights and sizes from a CSV file with the columns

  sku, weight, weight_unit [, length, width, height, size_unit]

where sku is TikTok's SKU id or your own SKU, weight_unit is g, kg, oz or lb, and size_unit is in, cm or mm. For example:

  sku,weight,weight_unit,length,width,height,size_unit
  MUG-01,12.5,oz,6,5,4,in
  1729380000000000123,0.4,kg,,,,

Columns are separated by commas, semicolons (also with decimal commas) or tabs; the file is UTF-8 or UTF-16. If lines
can't be used, all of them are listed and nothing is imported. SKUs that are in no order of the shop are listed, too.";

#[derive(Args)]
pub struct ConnectLinkArgs {
    /// The port of the host, if PUNCTUAL_PUBLIC_URL is not set
    #[arg(long, value_name = "PORT", default_value_t = crate::commands::LIVE_PORT)]
    pub port: u16,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args)]
pub struct DisconnectArgs {
    #[arg(value_name = "SHOP_ID")]
    pub shop: String,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[cfg(test)]
mod tests;
