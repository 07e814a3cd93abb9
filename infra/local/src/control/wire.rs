//! What goes over the socket: one line of JSON each way.

use std::io;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Both ends must be of the same version: the forms of operations and replies are not kept compatible.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The longest line. A catalogue of 200,000 SKUs is some 40 MB.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// What a command asks of the host.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ControlRequest<T> {
    pub(super) version: String,
    pub(super) operation: String,
    pub(super) arguments: T,
}

/// What the host replies to a request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ControlReply<T> {
    Done(T),
    /// The operation failed, with the reason for a person.
    Failed(String),
    /// The host is of this version, and has done nothing.
    OtherVersion(String),
}

/// Reads a line, without its end.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] when the other side closes before the line ends.
pub(super) async fn read_line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(line);
    }
    Err(match u64::try_from(line.len()) {
        Ok(LINE_BYTES_MAX) => io::Error::new(io::ErrorKind::InvalidData, "it is too long"),
        _ => io::ErrorKind::UnexpectedEof.into(),
    })
}

/// Writes a value as a line.
///
/// # Errors
/// When it can't be written, or is longer than the other side takes.
pub(super) async fn write_line(to: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    if u64::try_from(line.len()).is_ok_and(|bytes| bytes > LINE_BYTES_MAX) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is too long"));
    }
    to.write_all(&line).await?;
    to.flush().await
}
