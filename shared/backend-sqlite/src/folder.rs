//! The data folder: made for its owner alone, and held by one process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const DATABASE: &str = "punctual.sqlite";
const LOCK: &str = "punctual.lock";

/// The folder, held until this is dropped. The kernel lets go of it when the process dies, however it dies.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be and takes hold of it.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        make(path).map_err(|source| OpenError::folder(path, source))?;
        let lock = path.join(LOCK);
        let mut file = private(&lock).map_err(|source| OpenError::folder(&lock, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: path.to_owned(), owner: owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::folder(&lock, source)),
        }
        // Only for the message that another process shows: the lock itself does not need it.
        let note = format!("process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(|source| OpenError::folder(&lock, source))?;
        Ok(Self { path: path.to_owned(), _lock: file })
    }

    /// The database file, readable for its owner alone: it holds tokens and addresses. SQLite gives its side files
    /// the same permissions.
    pub(crate) fn database(&self) -> Result<PathBuf, OpenError> {
        let file = database_in(&self.path);
        private(&file)
            .and_then(|opened| close_to_others(&opened))
            .map_err(|source| OpenError::folder(&file, source))?;
        Ok(file)
    }
}

/// The database of the data folder.
pub(crate) fn database_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// What the newest commits are in until they are moved into the database.
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

/// Makes the folder and those above it. One that is there already keeps its permissions: it may be anybody's.
#[cfg(unix)]
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a file, made if need be, without changing what is in it.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    for_its_owner(options.create(true).truncate(false)).open(path)
}

/// Makes a file that is not there yet.
pub(crate) fn private_new(path: &Path) -> std::io::Result<File> {
    for_its_owner(OpenOptions::new().create_new(true)).open(path)
}

fn for_its_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

#[cfg(unix)]
fn close_to_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn close_to_others(_file: &File) -> std::io::Result<()> {
    Ok(())
}
