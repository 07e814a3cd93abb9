//! Whether the mail server would take a message: asked at the start, so that nobody finds out by an alarm that is missing.

use config::{SMTP_FROM, SMTP_URL};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Mail, Rset};

use super::Smtp;

/// Why the mail server would not take a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It refuses us: e-mails will not be sent until a setting is changed.
    #[error("{0}")]
    Refused(String),
    /// It does not answer now; it may later.
    #[error("the mail server of {SMTP_URL} {0}; e-mails are tried again when there are any")]
    Unreachable(&'static str),
}

/// How far the conversation came.
#[derive(Clone, Copy)]
enum Stage {
    Greeting,
    Encryption,
    SignIn,
    Sender,
}

impl Smtp {
    /// Connects, greets, signs in and names the sender, and takes it back: no message is sent.
    ///
    /// # Errors
    /// With one line that names the variable to change, or says that the server is not there.
    pub async fn check(&self) -> Result<(), NotReady> {
        match tokio::time::timeout(self.timeout, self.converse()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err((stage, error))) => Err(self.not_ready(stage, &error)),
            Err(_) => Err(NotReady::Unreachable("does not answer in time")),
        }
    }

    async fn converse(&self) -> Result<(), (Stage, Error)> {
        let at = |stage: Stage| move |error| (stage, error);
        let mut connection = self.greet().await.map_err(at(Stage::Greeting))?;
        self.encrypt(&mut connection).await.map_err(at(Stage::Encryption))?;
        self.sign_in(&mut connection).await.map_err(at(Stage::SignIn))?;
        let named = self.name_sender(&mut connection).await.map_err(at(Stage::Sender));
        connection.abort().await;
        named
    }

    async fn name_sender(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Error> {
        connection.command(Mail::new(Some(self.from.email.clone()), Vec::new())).await?;
        connection.command(Rset).await?;
        Ok(())
    }

    fn not_ready(&self, stage: Stage, error: &Error) -> NotReady {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let answered = !code.is_empty();
        match stage {
            // Also for now: a server that dislikes the name says so with a 4yz.
            Stage::Greeting if answered => NotReady::Refused(format!(
                "{SMTP_URL}: the mail server refuses the greeting \"EHLO {}\" ({code}); set PUNCTUAL_SMTP_HELO to a name \
                 that it accepts",
                self.greeting
            )),
            Stage::Encryption if error.is_client() => {
                NotReady::Refused(format!("{SMTP_URL}: the mail server offers no STARTTLS"))
            }
            Stage::SignIn if error.is_client() => NotReady::Refused(format!(
                "{SMTP_URL}: the mail server offers no way to sign in that is known here"
            )),
            Stage::SignIn if error.is_permanent() => NotReady::Refused(format!(
                "{SMTP_URL}: the mail server refuses the user or the password ({code}); special characters of the password \
                 must be percent-encoded"
            )),
            Stage::Sender if error.is_permanent() => {
                NotReady::Refused(format!("{SMTP_FROM}: the mail server refuses this sender ({code})"))
            }
            Stage::Encryption if error.is_permanent() => {
                NotReady::Refused(format!("{SMTP_URL}: the mail server refuses STARTTLS ({code})"))
            }
            Stage::Greeting | Stage::Encryption | Stage::SignIn | Stage::Sender if answered => {
                NotReady::Unreachable("is not ready")
            }
            Stage::Encryption => NotReady::Unreachable("cannot be reached by TLS"),
            Stage::Greeting | Stage::SignIn | Stage::Sender => NotReady::Unreachable("cannot be reached"),
        }
    }
}
