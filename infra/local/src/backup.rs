//! `punctual backup` and `punctual restore`.

use std::path::Path;

use config::environment;

use crate::config::data_folder;
use crate::progress::say;
use crate::run::Ended;

/// Copies the database of the data folder into the new file `to`.
pub(crate) fn make(to: &Path) -> anyhow::Result<Ended> {
    backend_sqlite::backup(&data_folder(&environment)?, to)?;
    say(&format!("{} is a whole copy of the database", to.display()));
    Ok(Ended::AllDone)
}

/// Makes the database of the data folder of the file `from`. A label that was bought after the backup would be bought again,
/// and nothing here can tell: so a person has to have looked.
pub(crate) fn restore(from: &Path, labels_checked: bool) -> anyhow::Result<Ended> {
    let folder = data_folder(&environment)?;
    if !labels_checked {
        let since = match backend_sqlite::known_until(from)? {
            Some(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            None => "the beginning".to_owned(),
        };
        say(&format!(
            "Nothing was restored yet. {} knows nothing of what happened after {since}: labels that were bought since would be \
             bought again.\n\
             1. In your carrier account, list the labels that were bought after that; the reference of each begins with the order's id.\n\
             2. Where TikTok has no tracking number of the order, enter the label's in the Seller Center, or have the label \
             refunded.\n\
             3. Run this again with --labels-checked.",
            from.display()
        ));
        return Ok(Ended::NotAllDone);
    }
    backend_sqlite::restore(&folder, from)?;
    say(&format!("{} holds the database of {}", folder.display(), from.display()));
    Ok(Ended::AllDone)
}
