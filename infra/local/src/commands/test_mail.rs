//! `punctual test-mail`: an e-mail that shows whether alarms would arrive.

use std::sync::Arc;

use anyhow::Context as _;
use config::environment;
use system::{Clock, SystemClock};

use super::Completion;
use crate::host::install_tls;
use crate::notify::{Smtp, send_test_mail};
use crate::text::note;

pub(super) async fn execute(to: &str) -> anyhow::Result<Completion> {
    install_tls();
    let smtp = Smtp::from_variables(&environment)?.context("PUNCTUAL_SMTP_URL is not set")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    send_test_mail(&smtp, to, &clock).await?;
    note("The mail server has accepted the test mail.");
    Ok(Completion::Done)
}
