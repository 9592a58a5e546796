#!/bin/bash
# Every five minutes: has anybody used this notebook instance for @MINUTES@ minutes? If not, stop it.
set -e
cat > /usr/local/bin/idle.py <<'PYTHON'
@IDLE_PY@
PYTHON
cat > /usr/local/bin/stop-when-idle <<'SHELL'
#!/bin/bash
name=$(/usr/bin/python3 /usr/local/bin/idle.py @MINUTES@) &&
  aws sagemaker stop-notebook-instance --region @REGION@ --notebook-instance-name "$name"
SHELL
chmod +x /usr/local/bin/stop-when-idle
echo "*/5 * * * * root /usr/local/bin/stop-when-idle >> /var/log/stop-when-idle.log 2>&1" > /etc/cron.d/stop-when-idle
