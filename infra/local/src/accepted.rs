//! The seller's settings and rules as they were last accepted.
//!
//! A typo in a file must not stop shipping, least of all when the machine restarts at night. So the host keeps what it started with
//! in its data folder. If a file can't be used at a later start, it works on with the kept one and says so: in the log at once, and
//! by an exception of each shop.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use config::{ConfigError, Lookup, Variable};

/// The folder in the data folder.
const FOLDER: &str = "accepted";

/// Reads files that the seller writes, with what was accepted before as a fallback.
pub(crate) struct AcceptedFiles {
    folder: PathBuf,
    /// What was accepted now: variables with their JSON, `None` where the built-in values are used.
    accepted: Vec<(&'static Variable, Option<String>)>,
    rejected: Vec<ConfigError>,
}

impl AcceptedFiles {
    pub(crate) fn in_data_folder(data: &Path) -> Self {
        Self { folder: data.join(FOLDER), accepted: Vec::new(), rejected: Vec::new() }
    }

    /// Reads `variable`, or what was last accepted for it.
    ///
    /// # Errors
    /// When it can't be used, and nothing was accepted before.
    pub(crate) fn read<T>(
        &mut self,
        variable: &'static Variable,
        lookup: Lookup<'_>,
        read: fn(Lookup<'_>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let rejected = match read_with_text(variable, lookup, read) {
            Ok((value, text)) => {
                self.accepted.push((variable, text));
                return Ok(value);
            }
            Err(error) => error,
        };
        let kept = self.file(variable).to_string_lossy().into_owned();
        match read(&|name| if name == variable.name { Some(kept.clone()) } else { lookup(name) }) {
            Ok(value) => {
                self.rejected.push(rejected);
                Ok(value)
            }
            // There is none, or it is no better. What a person has to mend is the new one.
            Err(_) => Err(rejected),
        }
    }

    /// Why some could not be used and the former ones are; `None` when all could. Shows no values.
    pub(crate) fn rejected(&self) -> Option<String> {
        let reasons: Vec<String> = self.rejected.iter().map(ToString::to_string).collect();
        (!reasons.is_empty()).then(|| format!("{}. The former values are used.", reasons.join("; ")))
    }

    /// Has [`AcceptedFiles::keep`] leave everything as it is.
    #[cfg(feature = "sandbox")]
    pub(crate) fn keep_nothing(&mut self) {
        self.accepted.clear();
    }

    /// Keeps what was accepted for the next start. The data folder must exist.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        if self.accepted.is_empty() {
            return Ok(());
        }
        create_private_folder(&self.folder).with_context(|| self.folder.display().to_string())?;
        for (variable, text) in &self.accepted {
            let file = self.file(variable);
            let kept = match text {
                Some(text) => write_whole(&file, text),
                None => std::fs::remove_file(&file).or_else(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                }),
            };
            kept.with_context(|| file.display().to_string())?;
        }
        Ok(())
    }

    fn file(&self, variable: &Variable) -> PathBuf {
        self.folder.join(format!("{}.json", variable.name))
    }
}

/// The value, and the JSON that it was read from. A file that is changed between the two reads does no harm: what is kept is
/// checked when it is used.
fn read_with_text<T>(
    variable: &Variable,
    lookup: Lookup<'_>,
    read: fn(Lookup<'_>) -> Result<T, ConfigError>,
) -> Result<(T, Option<String>), ConfigError> {
    Ok((read(lookup)?, variable.json(lookup)?))
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Replaces the file in one step: after a crash it is the old one or the new one.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut written = std::fs::File::create(&new)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    std::fs::rename(new, file)
}
