//! A listener of its own for whoever operates the server: `/metrics`. Never serves clients and changes nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::ports::log::Figures;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const MAX_CONNECTIONS: usize = 32;
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Listens until the process ends, and returns where.
///
/// # Errors
/// The address is taken.
pub async fn start(address: SocketAddr, figures: Arc<Figures>) -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listening for operators on {address}"))?;
    let address = listener.local_addr()?;
    tracing::info!("figures at http://{address}/metrics");
    tokio::spawn(accept(listener, figures));
    Ok(address)
}

async fn accept(listener: TcpListener, figures: Arc<Figures>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let figures = figures.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&figures, &request);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!("operator's connection ended: {error}");
            }
            drop(slot);
        });
    }
}

fn answer(figures: &Figures, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, media_type, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => (StatusCode::OK, OPENMETRICS, figures.page()),
        (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, "text/plain", "use GET\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "text/plain", "figures are at /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use frontmcp_core::ports::{Log, Pushed};

    use super::*;
    use crate::ports::log::TracingLog;

    #[tokio::test]
    async fn pushes_and_faults_are_counted_by_outcome() {
        let figures = Arc::new(Figures::default());
        let address = start(SocketAddr::from(([127, 0, 0, 1], 0)), figures.clone()).await.unwrap();
        let log = TracingLog::new(figures);
        let pushed = |outcome, seq| Pushed { outcome, message: "", bundle_sha256: Some("x"), seq, us: 1500 };
        log.pushed(&pushed("applied", Some(7)));
        log.pushed(&pushed("replayed", Some(7)));
        log.pushed(&pushed("replayed", None));
        log.fault(&frontmcp_core::Fault::new("broken"));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let get = async |path: &str| {
            let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let (status, page) = get("/metrics").await;
        assert_eq!(status, 200);
        for line in [
            r#"frontmcp_resyncs_total{outcome="applied"} 1"#,
            r#"frontmcp_resyncs_total{outcome="replayed"} 2"#,
            "frontmcp_bundle_seq 7",
            "frontmcp_faults_total 1",
            "frontmcp_resync_duration_seconds_count 3",
            "# EOF",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        assert_eq!(get("/").await.0, 404);
    }
}
