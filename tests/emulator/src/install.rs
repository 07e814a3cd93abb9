//! Installs Python programs into the build folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The build folder.
pub(crate) fn build_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
    }
}

/// Installs `package` (a requirement with a version) into its own virtual environment, unless it is installed, and returns that
/// environment's folder of programs. Processes that install the same package wait for each other.
pub(crate) fn install(package: &str) -> anyhow::Result<PathBuf> {
    let name: String =
        package.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let folder = build_folder().join("python").join(name);
    std::fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.lock().context("the folder of the emulator can't be locked")?;
    let (programs, done) = (folder.join("bin"), folder.join("installed"));
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder.join("")), package)?;
        let pip = programs.join("python");
        let flags = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(pip).args(flags).arg(package), package)?;
        File::create(&done)?;
    }
    Ok(programs)
}

fn run(command: &mut Command, package: &str) -> anyhow::Result<()> {
    let why = format!(
        "{package} can't be installed, which these tests need: python3 (3.10 or later, with venv) and the Python package \
         index must be reachable; with PUNCTUAL_EMULATOR=off the tests on AWS are left out"
    );
    let output = command.output().with_context(|| why.clone())?;
    if !output.status.success() {
        bail!("{why}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
