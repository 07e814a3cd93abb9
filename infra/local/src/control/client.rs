//! The command's end of the socket.

use std::io;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};

use super::Operation;
use super::wire::{ControlReply, ControlRequest, VERSION, read_line, write_line};

/// Has the host perform `operation`.
///
/// # Errors
/// When the operation fails, or the host does not reply within `timeout`.
pub(super) async fn ask<O: Operation>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    operation: &O,
    timeout: Duration,
) -> anyhow::Result<O::Reply> {
    let mut stream = BufReader::new(stream);
    let request =
        ControlRequest { version: VERSION.to_owned(), operation: O::NAME.to_owned(), arguments: operation };
    let exchange = async {
        write_line(&mut stream, &request).await?;
        read_line(&mut stream).await
    };
    let line = match tokio::time::timeout(timeout, exchange).await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidInput => {
            return Err(anyhow!(error).context("the request can't be sent to the host"));
        }
        Ok(Err(_)) => bail!("the host stopped before it replied; {}", O::IF_REPLY_LOST),
        Err(_) => bail!("the host has not replied within {} s; {}", timeout.as_secs(), O::IF_REPLY_LOST),
    };
    let reply: ControlReply<Value> =
        serde_json::from_slice(&line).context("the host's reply can't be read")?;
    match reply {
        ControlReply::Done(reply) => serde_json::from_value(reply).context("the host's reply can't be read"),
        ControlReply::Failed(why) => Err(anyhow!(why)),
        ControlReply::OtherVersion(version) => bail!(
            "the host is punctual {version} and this is punctual {VERSION}: run the command with the host's version, or \
             restart the host with this one"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::{Deserialize, Serialize};

    use super::ask;
    use crate::control::{DataStores, Operation};

    #[derive(Deserialize, Serialize)]
    struct Nothing;

    impl Operation for Nothing {
        const NAME: &'static str = "nothing";
        const TIMEOUT: Duration = Duration::from_secs(1);
        const IF_REPLY_LOST: &'static str = "look whether it was done";
        type Context = DataStores;
        type Reply = u32;

        async fn perform(self, _: &DataStores) -> anyhow::Result<u32> {
            Ok(7)
        }
    }

    #[tokio::test]
    async fn a_host_that_does_not_reply_is_given_up() {
        let (command, _host) = tokio::io::duplex(1024);
        let error = ask(command, &Nothing, Duration::from_millis(20)).await.unwrap_err().to_string();
        assert_eq!(error, "the host has not replied within 0 s; look whether it was done");
    }
}
