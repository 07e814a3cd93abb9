//! `punctual restore`: a data folder from a backup. A label that was bought after the backup would be bought again, and
//! nothing here can tell: so a person has to have checked.

use std::path::Path;

use super::Completion;
use crate::cli::DataArgs;
use crate::config::data_folder;
use crate::text::{date_time, note};

/// Says what has to be checked before a backup is restored.
pub(super) fn explain(from: &Path) -> anyhow::Result<Completion> {
    let since = match backend_sqlite::known_until(from)? {
        Some(at) => date_time(at),
        None => "the beginning".to_owned(),
    };
    note(&format!(
        "Nothing has been restored yet. {} contains nothing that happened after {since}: labels bought since then would \
         be bought again.\n\
         1. In your carrier account, list the labels that were bought after that. The reference of each begins with the order's id.\n\
         2. Where TikTok has no tracking number for the order, enter the label's number in Seller Center, or have the label \
         refunded.\n\
         3. Run this command again with --labels-checked.",
        from.display()
    ));
    Ok(Completion::NotAllDone)
}

/// Creates the database of an empty data folder from the backup.
pub(super) fn execute(from: &Path, data: &DataArgs) -> anyhow::Result<Completion> {
    let folder = data_folder(&data.variables())?;
    backend_sqlite::restore(&folder, from)?;
    note(&format!("{} now has the database from {}.", folder.display(), from.display()));
    Ok(Completion::Done)
}
