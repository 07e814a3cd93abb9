//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::Queue;
use lambda::{Request, Response, Setup, StartError};
use webhook_intake::{Senders, WebhookIntake};

fn main() -> ExitCode {
    lambda::http(build, answer)
}

fn build(setup: &mut Setup) -> Result<WebhookIntake, StartError> {
    let lookup = |name: &str| setup.lookup(name);
    let tiktok = config::tiktok(&lookup)?;
    let senders = Senders {
        tiktok_app_key: tiktok.app_key,
        tiktok_app_secret: tiktok.app_secret,
        carriers: carriers::registry::webhooks(&lookup),
    };
    let queues = setup.queues(&[
        Queue::OrderChanges,
        Queue::LabelRequests,
        Queue::ParcelChecks,
        Queue::ConversationChanges,
    ])?;
    let (orders, shops) = (setup.orders()?, setup.shops()?);
    Ok(WebhookIntake::new(senders, orders, shops, setup.processed_events()?, queues, setup.clock()))
}

async fn answer(function: Arc<WebhookIntake>, request: Request) -> Response {
    // What may follow in the path was compared by the API, which leads nothing else here.
    let sender = request.path.strip_prefix("/webhooks/").and_then(|path| path.split('/').next());
    let answer = match sender {
        Some("tiktok") => function.tiktok(&request.body, request.header("authorization")).await,
        Some(kind) => function.carrier(kind, &request.body, |name| request.header(name)).await,
        None => return Response::empty(404),
    };
    Response::empty(answer.status())
}
