//! Whether the mail server would accept a message. It is asked at the start, so that nobody learns it from a missing alarm.

use config::{SMTP_FROM, SMTP_URL};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Mail, Rset};

use super::Smtp;

/// Why the mail server would not accept a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It refuses us: e-mails will not be sent until a setting is changed.
    #[error("{0}")]
    Refused(String),
    /// It does not answer now, but may later.
    #[error("the mail server of {SMTP_URL} {0}; it is tried again when there is an e-mail to send")]
    Unreachable(&'static str),
}

/// How far the conversation came.
#[derive(Clone, Copy)]
enum SmtpStep {
    Greeting,
    Encryption,
    SignIn,
    Sender,
}

impl Smtp {
    /// Connects, greets, signs in, names the sender and resets: no message is sent.
    ///
    /// # Errors
    /// With one line that names the variable to change, or says that the server does not answer.
    pub async fn check(&self) -> Result<(), NotReady> {
        match tokio::time::timeout(self.timeout, self.rehearse()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err((step, error))) => Err(self.not_ready(step, &error)),
            Err(_) => Err(NotReady::Unreachable("does not answer in time")),
        }
    }

    async fn rehearse(&self) -> Result<(), (SmtpStep, Error)> {
        let at = |step: SmtpStep| move |error| (step, error);
        let mut connection = self.greet().await.map_err(at(SmtpStep::Greeting))?;
        self.encrypt(&mut connection).await.map_err(at(SmtpStep::Encryption))?;
        self.sign_in(&mut connection).await.map_err(at(SmtpStep::SignIn))?;
        let named = self.name_sender(&mut connection).await.map_err(at(SmtpStep::Sender));
        connection.abort().await;
        named
    }

    async fn name_sender(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Error> {
        connection.command(Mail::new(Some(self.from.email.clone()), Vec::new())).await?;
        connection.command(Rset).await?;
        Ok(())
    }

    fn not_ready(&self, step: SmtpStep, error: &Error) -> NotReady {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let answered = !code.is_empty();
        match step {
            // Even if it is a temporary refusal: servers that dislike the name answer with a 4yz.
            SmtpStep::Greeting if answered => NotReady::Refused(format!(
                "{SMTP_URL}: the mail server refuses the greeting \"EHLO {}\" ({code}); set PUNCTUAL_SMTP_HELO to a name \
                 that it accepts",
                self.greeting
            )),
            SmtpStep::Encryption if error.is_client() => {
                NotReady::Refused(format!("{SMTP_URL}: the mail server offers no STARTTLS"))
            }
            SmtpStep::SignIn if error.is_client() => {
                NotReady::Refused(format!("{SMTP_URL}: the mail server offers no known way to sign in"))
            }
            SmtpStep::SignIn if error.is_permanent() => NotReady::Refused(format!(
                "{SMTP_URL}: the mail server refuses the user or the password ({code}); special characters of the password \
                 must be percent-encoded"
            )),
            SmtpStep::Sender if error.is_permanent() => {
                NotReady::Refused(format!("{SMTP_FROM}: the mail server refuses this sender ({code})"))
            }
            SmtpStep::Encryption if error.is_permanent() => {
                NotReady::Refused(format!("{SMTP_URL}: the mail server refuses STARTTLS ({code})"))
            }
            SmtpStep::Greeting | SmtpStep::Encryption | SmtpStep::SignIn | SmtpStep::Sender if answered => {
                NotReady::Unreachable("is not ready")
            }
            SmtpStep::Encryption => NotReady::Unreachable("cannot be reached over TLS"),
            SmtpStep::Greeting | SmtpStep::SignIn | SmtpStep::Sender => {
                NotReady::Unreachable("cannot be reached")
            }
        }
    }
}
