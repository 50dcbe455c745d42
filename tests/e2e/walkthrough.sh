# The original guide's commands, sections 2 to 6, as they stand there; the test changes host and port only.

curl -X POST http://localhost:5000/api/v1/analytics/track \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456" \
  -H "Content-Type: application/json" \
  -d '{
    "type": "track",
    "payload": {
      "name": "page_view",
      "deviceId": "device-001",
      "sessionId": "session-001",
      "path": "/dashboard",
      "properties": {
        "title": "Dashboard"
      }
    }
  }'

curl -X POST http://localhost:5000/api/v1/analytics/track/batch \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456" \
  -H "Content-Type: application/json" \
  -d '{
    "events": [
      {
        "type": "track",
        "payload": {
          "name": "page_view",
          "deviceId": "device-001",
          "sessionId": "session-001",
          "path": "/home"
        }
      },
      {
        "type": "track",
        "payload": {
          "name": "button_click",
          "deviceId": "device-001",
          "sessionId": "session-001",
          "properties": {
            "button": "signup"
          }
        }
      }
    ]
  }'

curl "http://localhost:5000/api/v1/analytics/insights/test-project-1/metrics?startDate=2024-01-01&endDate=2024-12-31" \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456"

curl "http://localhost:5000/api/v1/analytics/insights/test-project-1/live" \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456"

curl "http://localhost:5000/api/v1/analytics/insights/test-project-1/timeseries?startDate=2024-01-01&endDate=2024-12-31&interval=day" \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456"

curl -X POST "http://localhost:5000/api/v1/analytics/insights/test-project-1/funnel" \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456" \
  -H "Content-Type: application/json" \
  -d '{
    "steps": ["page_view", "button_click", "signup_complete"],
    "startDate": "2024-01-01",
    "endDate": "2024-12-31"
  }'

curl "http://localhost:5000/api/v1/analytics/insights/test-project-1/retention?startDate=2024-01-01&endDate=2024-12-31&period=day" \
  -H "event-lens-client-id: client-123" \
  -H "event-lens-client-secret: secret-456"
