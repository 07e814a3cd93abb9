//! A message is offered: sender, recipient, and whether the server wants its text.

use backend::NotifyError;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};

use super::{answered, not_sent};

/// Offers a message to one recipient. When this returns without an error the server waits for the text.
///
/// # Errors
/// Nothing was sent. A recipient that is refused for good (5yz) is refused; whatever else is refused for good is about us.
pub(super) async fn offer(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    is_ascii: bool,
) -> Result<(), NotifyError> {
    let options = options(connection, envelope, is_ascii)?;
    let mail = Mail::new(envelope.from().cloned(), options);
    connection.command(mail).await.map_err(|error| ours(&error))?;
    for to in envelope.to() {
        let named = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        named.map_err(|error| match error.status() {
            Some(code) if error.is_permanent() => NotifyError::Refused { reason: answered(code) },
            _ => ours(&error),
        })?;
    }
    connection.command(Data).await.map_err(|error| ours(&error))?;
    Ok(())
}

/// What the server has to be told of letters that are not ASCII, in the address (RFC 6531) and in the text (RFC 6152).
fn options(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    is_ascii: bool,
) -> Result<Vec<MailParameter>, NotifyError> {
    let knows = |extension| connection.server_info().supports_feature(extension);
    let refused = |reason: &str| NotifyError::Refused { reason: reason.to_owned() };
    let mut options = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    if !addresses.all(|address| address.to_string().is_ascii()) {
        if !knows(Extension::SmtpUtfEight) {
            return Err(refused("the server takes no address with letters that are not ASCII"));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !is_ascii {
        if !knows(Extension::EightBitMime) {
            return Err(refused("the server takes no text with letters that are not ASCII"));
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(options)
}

fn ours(error: &Error) -> NotifyError {
    match error.status() {
        Some(code) if error.is_permanent() => NotifyError::Denied { reason: answered(code) },
        Some(code) => not_sent(&answered(code)),
        None => not_sent("the connection broke before the message was sent"),
    }
}
