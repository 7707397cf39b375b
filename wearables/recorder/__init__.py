"""Recording a squad: its own process, one asyncio loop, one scanner an adapter, everything kept before it is shown."""
