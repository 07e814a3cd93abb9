//! Where the functions' binaries are.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use emulator::{Emulator, Template};

use crate::functions::functions;

/// The variable that names their folder.
const VARIABLE: &str = "PUNCTUAL_LAMBDA";

/// A folder with NAME/bootstrap for each function, as `cargo lambda build` leaves it in `target/lambda`.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The folder in `PUNCTUAL_LAMBDA`, relative to the root of the repository. `None` if it is not set or tests on AWS are
    /// skipped, which is printed.
    pub fn find() -> Option<Self> {
        if !Emulator::is_wanted() {
            return None;
        }
        let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) else {
            let names = Template::read().map(|template| functions(&template)).unwrap_or_default();
            let packages: String = names.iter().map(|function| format!(" -p {}", function.name)).collect();
            let _ = writeln!(
                std::io::stderr(),
                "{VARIABLE} is not set: this test of the deployed stack is left out; to run it: cargo lambda build \
                 --release{packages}; {VARIABLE}=target/lambda cargo test -p deployed"
            );
            return None;
        };
        Some(Self { folder: root().join(folder) })
    }

    /// The binary of a function.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn of(&self, function: &str) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(function).join("bootstrap");
        if !file.is_file() {
            bail!("{VARIABLE} names a folder without {function}/bootstrap: {}", self.folder.display());
        }
        Ok(file)
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
