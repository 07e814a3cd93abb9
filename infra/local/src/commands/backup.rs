//! `punctual backup`: a copy of the database, beside a running host.

use std::path::Path;

use super::Completion;
use crate::cli::DataArgs;
use crate::config::data_folder;
use crate::text::note;

pub(super) fn execute(to: &Path, data: &DataArgs) -> anyhow::Result<Completion> {
    backend_sqlite::backup(&data_folder(&data.variables())?, to)?;
    note(&format!("{} is a complete copy of the database.", to.display()));
    Ok(Completion::Done)
}
