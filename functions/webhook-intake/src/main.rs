//! The step as a Lambda function, which answers HTTP requests below `/webhooks/`.

use std::process::ExitCode;
use std::sync::Arc;

use lambda::{HttpRequest, HttpResponse, Setup, StartError};
use tiktok::webhook::WebhookVerifier;
use webhook_intake::{Senders, WebhookIntake, WebhookIntakeDeps};

fn main() -> ExitCode {
    lambda::http(&manifest::WEBHOOK_INTAKE, build, answer)
}

fn build(setup: &mut Setup) -> Result<WebhookIntake, StartError> {
    let app_key = setup.read(config::tiktok)?.app_key;
    let senders = Senders {
        tiktok: WebhookVerifier::new(app_key, setup.current_and_former(&config::TIKTOK_APP_SECRET.name)),
        carriers: carriers::registry::webhooks(|name| setup.current_and_former(name)),
    };
    Ok(WebhookIntake::new(WebhookIntakeDeps {
        senders,
        orders: setup.orders()?,
        shops: setup.shops()?,
        processed_events: setup.processed_events()?,
        queues: setup.queues()?,
        clock: setup.clock(),
    }))
}

async fn answer(function: Arc<WebhookIntake>, request: HttpRequest) -> HttpResponse {
    // A path may end in the secret suffix of the template. The API has compared it, and sends nothing else here.
    let sender = request.path.strip_prefix("/webhooks/").and_then(|path| path.split('/').next());
    let response = match sender {
        Some("tiktok") => function.tiktok(&request.body, request.header("authorization")).await,
        Some(kind) => function.carrier(kind, &request.body, |name| request.header(name)).await,
        None => return HttpResponse::empty(404),
    };
    HttpResponse::empty(response.status())
}
