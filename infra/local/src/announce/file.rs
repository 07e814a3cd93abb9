//! The file of alarms: a line of JSON a message, for its owner alone to read.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use domain::recipient::Channel;
use domain::{DeliveryId, Private, RecipientId, ShopId, Timestamp};
use engine::Announcement;
use serde::{Deserialize, Serialize};

/// A message in the file.
#[derive(Serialize)]
pub(super) struct Line {
    at: Timestamp,
    delivery: DeliveryId,
    shop: ShopId,
    kind: String,
    channel: Channel,
    recipient: RecipientId,
    subject: String,
    text: Private<String>,
}

impl Line {
    pub(super) fn new(announcement: &Announcement, now: Timestamp) -> Self {
        let of = announcement.clone();
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

/// What is read of a line.
#[derive(Deserialize)]
struct Kept {
    delivery: DeliveryId,
}

/// The file.
pub(super) struct AlarmFile {
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    deliveries: HashSet<DeliveryId>,
    /// The last line has no end: a process died over it, or the disk was full.
    torn: bool,
}

impl AlarmFile {
    /// Opens the file, made if need be, and reads which messages are in it.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        close_to_others(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let torn = bytes.last().is_some_and(|byte| *byte != b'\n');
        let lines = bytes.split(|byte| *byte == b'\n');
        let deliveries = lines.filter_map(|line| Some(serde_json::from_slice::<Kept>(line).ok()?.delivery));
        Ok(Self { inner: Mutex::new(Inner { deliveries: deliveries.collect(), file, torn }) })
    }

    /// Adds a message; false when it was there already. Durable when this returns.
    pub(super) fn append(&self, line: &Line) -> std::io::Result<bool> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        if inner.deliveries.contains(&line.delivery) {
            return Ok(false);
        }
        let mut bytes = if inner.torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        inner.torn = true;
        inner.file.write_all(&bytes)?;
        inner.torn = false;
        inner.file.sync_data()?;
        inner.deliveries.insert(line.delivery.clone());
        Ok(true)
    }
}

#[cfg(unix)]
fn close_to_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn close_to_others(_file: &File) -> std::io::Result<()> {
    Ok(())
}
