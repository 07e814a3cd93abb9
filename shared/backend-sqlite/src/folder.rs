//! The data folder: only its owner can read it, and only one process at a time can use it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const DATABASE: &str = "punctual.sqlite";
const LOCK: &str = "punctual.lock";

/// The folder, locked until this is dropped. The kernel releases the lock when the process dies, however it dies.
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Creates the folder if need be and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, OpenError> {
        create(path).map_err(|source| OpenError::folder(path, source))?;
        let lock = path.join(LOCK);
        let mut file = private(&lock).map_err(|source| OpenError::folder(&lock, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: path.to_owned(), owner: owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::folder(&lock, source)),
        }
        // For the error message of another process only: the lock itself does not need it.
        let note = format!("process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(|source| OpenError::folder(&lock, source))?;
        Ok(Self { path: path.to_owned(), _lock: file })
    }

    /// The database file, which only its owner can read: it holds tokens and addresses. SQLite gives its side files the
    /// same permissions.
    pub(crate) fn database(&self) -> Result<PathBuf, OpenError> {
        let file = database_in(&self.path);
        private(&file)
            .and_then(|opened| restrict_to_owner(&opened))
            .map_err(|source| OpenError::folder(&file, source))?;
        Ok(file)
    }
}

/// Where the database of a data folder is.
pub(crate) fn database_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// True when the folder has a database with something in it.
pub fn has_database(folder: &Path) -> bool {
    has_content(&database_in(folder))
}

pub(crate) fn has_content(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.len() > 0)
}

/// The file that holds the newest commits until they are moved into the database.
pub(crate) fn wal_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn owner(lock: &mut File) -> String {
    let mut text = String::new();
    match lock.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => text,
        _ => "another process".to_owned(),
    }
}

/// Creates the folder and those above it. One that exists keeps its permissions: it may be shared on purpose.
#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a file, created if need be, without changing its content.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    owner_only(options.create(true).truncate(false)).open(path)
}

/// Creates a file that must not exist yet.
pub(crate) fn private_new(path: &Path) -> std::io::Result<File> {
    owner_only(OpenOptions::new().create_new(true)).open(path)
}

fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

#[cfg(unix)]
fn restrict_to_owner(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict_to_owner(_file: &File) -> std::io::Result<()> {
    Ok(())
}
