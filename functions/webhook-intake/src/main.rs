//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::Queue;
use lambda::{Request, Response, Setup, StartError};
use tiktok::webhook::WebhookVerifier;
use webhook_intake::{Senders, WebhookIntake, WebhookIntakeDeps};

fn main() -> ExitCode {
    lambda::http(build, answer)
}

fn build(setup: &mut Setup) -> Result<WebhookIntake, StartError> {
    let app_key = config::tiktok(&|name: &str| setup.lookup(name))?.app_key;
    let senders = Senders {
        tiktok: WebhookVerifier::new(app_key, setup.present_and_former("TIKTOK_APP_SECRET")),
        carriers: carriers::registry::webhooks(|name| setup.present_and_former(name)),
    };
    let queues = setup.queues(&[
        Queue::OrderChanges,
        Queue::LabelRequests,
        Queue::ParcelChecks,
        Queue::ConversationChanges,
    ])?;
    Ok(WebhookIntake::new(WebhookIntakeDeps {
        senders,
        orders: setup.orders()?,
        shops: setup.shops()?,
        processed_events: setup.processed_events()?,
        queues,
        clock: setup.clock(),
    }))
}

async fn answer(function: Arc<WebhookIntake>, request: Request) -> Response {
    // What may follow in the path was compared by the API, which leads nothing else here.
    let sender = request.path.strip_prefix("/webhooks/").and_then(|path| path.split('/').next());
    let response = match sender {
        Some("tiktok") => function.tiktok(&request.body, request.header("authorization")).await,
        Some(kind) => function.carrier(kind, &request.body, |name| request.header(name)).await,
        None => return Response::empty(404),
    };
    Response::empty(response.status())
}
