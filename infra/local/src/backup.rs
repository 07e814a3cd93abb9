//! `punctual backup` and `punctual restore`.

use std::path::Path;

use config::environment;

use crate::config::data_folder;
use crate::progress::say;
use crate::run::Ended;

/// Copies the database of the data folder into the new file `to`.
pub(crate) fn make(to: &Path) -> anyhow::Result<Ended> {
    engine_sqlite::backup(&data_folder(&environment)?, to)?;
    say(&format!("{} is a whole copy of the database", to.display()));
    Ok(Ended::AllDone)
}

/// Makes the database of the data folder of the file `from`.
pub(crate) fn restore(from: &Path) -> anyhow::Result<Ended> {
    let folder = data_folder(&environment)?;
    engine_sqlite::restore(&folder, from)?;
    say(&format!("{} holds the database of {}", folder.display(), from.display()));
    Ok(Ended::AllDone)
}
