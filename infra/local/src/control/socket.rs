//! The socket in the data folder. Only the folder's owner can connect to it.

use std::io;
use std::path::{Path, PathBuf};

/// A connection between a command and the host.
#[cfg(unix)]
pub(super) type ControlStream = tokio::net::UnixStream;
/// On other systems there is no such connection: a command needs the host to be stopped.
#[cfg(not(unix))]
pub(super) type ControlStream = tokio::net::TcpStream;

#[cfg(unix)]
fn path_in(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

/// Connects to the host of `folder`; `None` when no host listens there.
///
/// # Errors
/// When the socket is there, and can't be connected to.
#[cfg(unix)]
pub(super) async fn connect(folder: &Path) -> anyhow::Result<Option<ControlStream>> {
    let path = path_in(folder);
    match ControlStream::connect(&path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => {
            match error.kind() {
                // No socket; the socket of a host that was killed; a path longer than a socket can have, see [`bind`].
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::InvalidInput => {
                    Ok(None)
                }
                io::ErrorKind::PermissionDenied => Err(anyhow::anyhow!(
                    "{} belongs to another user: run the command as the user that runs the host",
                    path.display()
                )),
                _ => Err(anyhow::Error::new(error)
                    .context(format!("the host can't be reached by {}", path.display()))),
            }
        }
    }
}

#[cfg(not(unix))]
#[allow(clippy::unused_async, reason = "it is async where there is a socket")]
pub(super) async fn connect(_folder: &Path) -> anyhow::Result<Option<ControlStream>> {
    Ok(None)
}

/// The listening end of the socket. The file is removed when this is dropped.
#[cfg(unix)]
pub(crate) struct ControlListener {
    listener: tokio::net::UnixListener,
    path: PathBuf,
    owner: u32,
}

#[cfg(unix)]
impl ControlListener {
    /// Listens in `folder`, which the caller has locked: so a socket that is there already is that of a host that was
    /// killed, and is replaced.
    pub(super) fn bind(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let path = path_in(folder);
        // Under another name until its permissions are set.
        let new = path.with_extension("new");
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = tokio::net::UnixListener::bind(&new)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))?;
        let owner = std::fs::metadata(&new)?.uid();
        std::fs::rename(&new, &path)?;
        Ok(Self { listener, path, owner })
    }

    /// The next connection of the owner, or of root. Others can't open the socket; should they have done so before its
    /// permissions were set, they are turned away here.
    pub(super) async fn accept(&self) -> io::Result<ControlStream> {
        const ROOT: u32 = 0;
        loop {
            let (stream, _) = self.listener.accept().await?;
            let peer = stream.peer_cred()?.uid();
            if peer == self.owner || peer == ROOT {
                return Ok(stream);
            }
            tracing::warn!(user = peer, "another user's command was refused");
        }
    }
}

#[cfg(unix)]
impl Drop for ControlListener {
    fn drop(&mut self) {
        // A socket that stays behind is replaced by the next host.
        let _ = std::fs::remove_file(&self.path);
    }
}
