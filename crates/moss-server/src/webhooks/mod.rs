//! Posts to webhooks what people are to be told. Whom it is told, and when again, is decided in
//! [`crate::domain::webhooks`].

mod client;

use std::sync::Arc;

use anyhow::anyhow;
use futures_util::future::join_all;
use moss_api::{ErrorCode, WebhookTest};
use tokio::task::JoinSet;

use crate::app::App;
use crate::config::webhooks::WebhookTargets;
use crate::domain::webhooks::{Begin, Begun, Failure, Message, Post, Settle, is_due};
use crate::domain::{Error, Refusal};
use crate::store::new_id;
use crate::webhooks::client::{Stamp, WebhookClient};

/// Makes the tries that are due. Whether there may be more.
pub async fn post_due(app: &Arc<App>) -> bool {
    let begun = match begin(app).await {
        Ok(Some(begun)) => begun,
        Ok(None) => return false,
        Err(error) => {
            tracing::error!(%error, "webhooks could not be seen to");
            return false;
        }
    };
    let is_something = begun.sent > 0 || !begun.posts.is_empty();
    let Some(targets) = app.webhook_targets().filter(|_| !begun.posts.is_empty()) else {
        return is_something;
    };
    let client = match WebhookClient::new(&targets.allowed_networks) {
        Ok(client) => Arc::new(client),
        Err(error) => {
            tracing::error!(%error, "webhooks could not be posted to");
            return false;
        }
    };
    let mut tries = JoinSet::new();
    for post in begun.posts {
        tries.spawn(try_once(app.clone(), client.clone(), targets.clone(), post));
    }
    while tries.join_next().await.is_some() {}
    is_something
}

async fn begin(app: &App) -> anyhow::Result<Option<Begun>> {
    app.look_again().await?;
    if !is_due(app.store.read(), app.clock.now())
        .await
        .inspect_err(|error| app.note_failure(error))?
    {
        return Ok(None);
    }
    let urls = app.webhook_targets().map(|targets| targets.urls).unwrap_or_default();
    let begin = Begin {
        urls: urls.into_iter().map(Into::into).collect(),
        kinds: app.read_config(|config| config.notification.kinds()),
    };
    let answer = app.writer.write(begin, None).await.map_err(|error| anyhow!("{error:?}"))?;
    Ok(Some(serde_json::from_str(&answer.body)?))
}

async fn try_once(
    app: Arc<App>,
    client: Arc<WebhookClient>,
    targets: WebhookTargets,
    Post { id, url, tries, notice }: Post,
) {
    let project = app.read_config(|config| config.project.name.clone());
    let outcome = post(&app, &client, &targets, &url, &Message::of(notice, project)).await;
    let problem = outcome.as_ref().err().map(|failure| failure.problem.clone());
    match app.decide(Settle { id: id.clone(), tries, outcome }).await {
        Ok(true) => tracing::warn!(
            delivery = id,
            problem,
            "a webhook is given up; GET /api/admin/deliveries?state=dead lists what did not arrive"
        ),
        Ok(false) => {
            if let Some(problem) = problem {
                tracing::info!(delivery = id, tries, problem, "a webhook is tried again later");
            }
        }
        // It counts as failed after a while.
        Err(error) => tracing::error!(?error, delivery = id, "what came of a webhook is not noted"),
    }
}

/// Posts a message to one of the webhooks.
async fn post(
    app: &App,
    client: &WebhookClient,
    targets: &WebhookTargets,
    url: &str,
    message: &Message,
) -> Result<(), Failure> {
    let odd = |problem: String| Failure { problem, retry_after: None, is_gone: false };
    let target = targets.urls.iter().find(|target| target.as_str() == url);
    let target = target.ok_or_else(|| odd("it is no webhook any more".to_owned()))?;
    let body = serde_json::to_vec(message);
    let body = body.map_err(|error| odd(error.to_string()))?;
    let seconds = app.clock.now().micros() / 1_000_000;
    let signature = targets.key.sign(message.id(), seconds, &body);
    client.post(target, &Stamp { id: message.id().to_owned(), seconds, signature }, body).await
}

/// Posts a test to every webhook there is, to all at once.
///
/// # Errors
/// When the settings cannot be read.
pub async fn test(app: &Arc<App>) -> Result<Vec<WebhookTest>, Error> {
    app.look_now().await?;
    let Some(targets) = app.webhook_targets() else { return Ok(Vec::new()) };
    let client = WebhookClient::new(&targets.allowed_networks);
    let client = client.map_err(|_| Refusal::new(ErrorCode::Internal, "TLS cannot be set up"))?;
    let project = app.read_config(|config| config.project.name.clone());
    let message = Message::test(new_id(), project, app.clock.now());
    let tries = targets.urls.iter().map(async |url| {
        let outcome = post(app, &client, &targets, url.as_str(), &message).await;
        let problem = outcome.err().map(|failure| failure.problem);
        let webhook = url.origin().ascii_serialization();
        WebhookTest { webhook, arrived: problem.is_none(), problem }
    });
    Ok(join_all(tries).await)
}
