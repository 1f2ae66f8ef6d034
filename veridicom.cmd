@echo off
rem The command line of Veridicom on Windows. Builds it first where a source changed since the last build, then runs it.
rem Nothing but the program itself writes on standard output.
setlocal EnableExtensions DisableDelayedExpansion
set "ROOT=%~dp0"
set "ROOT=%ROOT:~0,-1%"
set "BUILT=%ROOT%\.build"
set "QUIET=/NJH /NJS /NFL /NDL /NC /NS /NP"
set "PROGRAM="
set "FAILED="

call :current && goto run
where dotnet >nul 2>nul || (
  echo veridicom: dotnet is not on the PATH: install the .NET 10 SDK, https://dot.net/download>&2
  exit /b 7
)
if not exist "%BUILT%" mkdir "%BUILT%" || exit /b 7

rem Two at once: a file that is open for writing cannot be opened by the second, which waits and then finds the work
rem done. The lock goes with the process that holds it, so a killed build leaves none behind.
:wait
set "DONE="
9>&2 2>nul (call :locked 8>>"%BUILT%\lock")
if not defined DONE (
  ping -n 2 127.0.0.1 >nul
  goto wait
)
if defined FAILED exit /b 7

:run
dotnet "%BUILT%\%PROGRAM%\veridicom.dll" %*
exit /b %ERRORLEVEL%

:locked
call :build 2>&9
set "DONE=1"
exit /b 0

rem Success where the last build is still good. robocopy only lists (/L) and exits with 0 where the sources are the ones
rem that were built: names, sizes and times, removed files too.
:current
if not exist "%BUILT%\stamp" exit /b 1
set /p PROGRAM=<"%BUILT%\stamp"
if not exist "%BUILT%\%PROGRAM%\veridicom.dll" exit /b 1
robocopy "%ROOT%\src" "%BUILT%\seen\src" /MIR /XD bin obj /L %QUIET% >nul
if not "%ERRORLEVEL%"=="0" exit /b 1
robocopy "%ROOT%" "%BUILT%\seen\root" Directory.*.props global.json /L %QUIET% >nul
if not "%ERRORLEVEL%"=="0" exit /b 1
exit /b 0

:build
call :current && exit /b 0
echo building...>&2
set "PREVIOUS=%PROGRAM%"
set "NOW=bin.%RANDOM%%RANDOM%"
rem Without its stamp no build counts, so one that fails or is killed half-way is done again. What is noted as seen is
rem noted before the build: a file saved while it runs is built the next time.
if exist "%BUILT%\stamp" del "%BUILT%\stamp"
robocopy "%ROOT%\src" "%BUILT%\seen\src" /MIR /XD bin obj %QUIET% >nul
robocopy "%ROOT%" "%BUILT%\seen\root" Directory.*.props global.json %QUIET% >nul
set "DOTNET_NOLOGO=1"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
set "DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true"
pushd "%ROOT%"
dotnet publish src\Veridicom.Cli --configuration Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=true -p:UseSharedCompilation=false -nodeReuse:false --verbosity quiet --artifacts-path .build\work --output ".build\%NOW%" <nul >"%BUILT%\log" 2>&1
if errorlevel 1 set "FAILED=1"
popd
if defined FAILED (
  type "%BUILT%\log" >&2
  echo veridicom: the build failed; the lines above are in "%BUILT%\log">&2
  exit /b 7
)
rem A new folder for each build: programs that still run keep their files, the newest and the one before it.
for /d %%D in ("%BUILT%\bin.*") do if /i not "%%~nxD"=="%NOW%" if /i not "%%~nxD"=="%PREVIOUS%" rd /s /q "%%D" 2>nul
>"%BUILT%\stamp" echo %NOW%
set "PROGRAM=%NOW%"
exit /b 0
