"""What every `/workflows` route asks first: is somebody signed in, and is the studio on?"""

from fastapi import Depends

from studio.api.auth import CurrentActor, Services
from tasks.control.settings import require_flag


def studio_on(_actor: CurrentActor, container: Services) -> None:
    """Raise `CapabilityOff` (503) while the studio is off."""
    require_flag(container.control, "orchestration_studio_enabled")


STUDIO_ON = [Depends(studio_on)]
