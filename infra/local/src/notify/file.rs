//! The file of alarms: one line of JSON per message, which only its owner can read. The file and its old part have a limited
//! size.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use backend::Notification;
use domain::recipient::Channel;
use domain::{DeliveryId, Private, RecipientId, ShopId, Timestamp};
use serde::{Deserialize, Serialize};

/// A message in the file.
#[derive(Serialize)]
pub(super) struct AlarmLine {
    at: Timestamp,
    delivery: DeliveryId,
    shop: ShopId,
    kind: String,
    channel: Channel,
    recipient: RecipientId,
    subject: String,
    text: Private<String>,
}

impl AlarmLine {
    pub(super) fn new(notification: &Notification, now: Timestamp) -> Self {
        let of = notification.clone();
        Self {
            at: now,
            delivery: of.delivery,
            shop: of.shop,
            kind: of.kind,
            channel: of.channel,
            recipient: of.recipient,
            subject: of.subject,
            text: of.text,
        }
    }
}

/// What is read back from a line.
#[derive(Deserialize)]
struct WrittenDelivery {
    delivery: DeliveryId,
}

/// A file of this size becomes the old part, and replaces the one before.
const BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How much of the end of the file is read at the start. A message that is sent again is not older than that.
const READ_BYTES_MAX: u64 = 1024 * 1024;

pub(super) struct AlarmFile {
    path: PathBuf,
    state: Mutex<FileState>,
}

struct FileState {
    file: File,
    bytes: u64,
    deliveries: HashSet<DeliveryId>,
    /// The last line is incomplete: a process died while it wrote it, or the disk was full.
    is_torn: bool,
}

/// Whether a message had to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppendOutcome {
    Written,
    /// It was in the file already.
    AlreadyThere,
}

impl AlarmFile {
    /// Opens the file, created if need be, and reads which messages are at its end.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = options().open(path)?;
        restrict_to_owner(&file)?;
        let bytes = file.metadata()?.len();
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(bytes.saturating_sub(READ_BYTES_MAX)))?;
        (&file).take(READ_BYTES_MAX).read_to_end(&mut end)?;
        let is_torn = end.last().is_some_and(|byte| *byte != b'\n');
        let lines = end.split(|byte| *byte == b'\n');
        // The first one may be cut off.
        let deliveries =
            lines.filter_map(|line| Some(serde_json::from_slice::<WrittenDelivery>(line).ok()?.delivery));
        let state = FileState { deliveries: deliveries.collect(), file, bytes, is_torn };
        Ok(Self { path: path.to_owned(), state: Mutex::new(state) })
    }

    /// Adds a message, unless it is in the file already. It is durable when this returns.
    pub(super) fn append(&self, line: &AlarmLine) -> std::io::Result<AppendOutcome> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if state.deliveries.contains(&line.delivery) {
            return Ok(AppendOutcome::AlreadyThere);
        }
        if state.bytes >= BYTES_MAX {
            std::fs::rename(&self.path, self.path.with_extension("old.jsonl"))?;
            *state = FileState {
                file: options().open(&self.path)?,
                bytes: 0,
                deliveries: HashSet::new(),
                is_torn: false,
            };
        }
        let mut bytes = if state.is_torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        state.is_torn = true;
        state.bytes += bytes.len() as u64;
        state.file.write_all(&bytes)?;
        state.is_torn = false;
        state.file.sync_data()?;
        state.deliveries.insert(line.delivery.clone());
        Ok(AppendOutcome::Written)
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
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
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict_to_owner(_file: &File) -> std::io::Result<()> {
    Ok(())
}
